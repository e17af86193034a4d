-- Migration 007: index orders by customer

CREATE INDEX IF NOT EXISTS orders_customer_id_idx ON orders (customer_id, ordered_on DESC);

-- Down migration
-- DROP INDEX IF EXISTS orders_customer_id_idx;
