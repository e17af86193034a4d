-- Migration: create payments
-- Created: 2024-05-16

-- UP
CREATE TABLE payments (
    order_id bigint NOT NULL REFERENCES orders,
    paid_on date NOT NULL,
    amount numeric(12, 2) NOT NULL,
    PRIMARY KEY (order_id, paid_on)
) PARTITION BY RANGE (paid_on);

CREATE TABLE payments_2024 PARTITION OF payments FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE payments_later PARTITION OF payments DEFAULT;

INSERT INTO payments (order_id, paid_on, amount)
SELECT t.order_id, DATE '2024-02-02', t.total
  FROM order_totals t
  JOIN orders o ON o.id = t.order_id
 WHERE o.status = 'paid';

-- DOWN
DROP TABLE payments;
