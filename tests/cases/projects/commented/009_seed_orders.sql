-- Migration 009: seed orders

INSERT INTO customers (full_name, email, created_at) VALUES
    ('Ada Lovelace', 'ada@example.org', '2024-01-09 08:00:00+00'),
    ('Jürgen Müßig', 'jürgen@example.org', '2024-01-09 09:30:00+01'),
    ('Zoë', 'zoe@example.org', '2024-01-10 00:00:00+00');
INSERT INTO orders (customer_id, status, ordered_on, note)
SELECT c.id, CASE WHEN c.full_name LIKE 'A%' THEN 'paid' ELSE 'new' END::order_status, '2024-02-01', $note$it's; fine$note$
  FROM customers c
 ORDER BY c.id;
INSERT INTO order_lines (order_id, line, product_id, quantity, price)
SELECT o.id, p.id, p.id, p.id + 1, p.price FROM orders o CROSS JOIN products p WHERE p.id <= o.id;

-- Down migration
-- DELETE FROM order_lines;
-- DELETE FROM orders;
-- DELETE FROM customers;
