-- migrate:up
INSERT INTO products (id, sku, title, price) VALUES
    (1, 'TEA-1', 'Grüner Tee; lose', 4.20),
    (2, 'CUP-1', 'Tasse „Größe L“', 7.90),
    (3, 'POT-1', 'O''Brien''s teapot -- blue', 23.00),
    (4, 'SPN-1', E'Löffel\t(5 €)', 5.00);
INSERT INTO warehouses (id, town) VALUES (1, 'Köln'), (2, 'Łódź');
INSERT INTO stock (product_id, warehouse_id, amount)
SELECT p.id, w.id, 10 * p.id + w.id FROM products p CROSS JOIN warehouses w;

-- migrate:down

