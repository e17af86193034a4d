-- Migration: index orders by customer
-- Created: 2024-03-10

-- UP
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_customer_id_idx ON orders (customer_id, ordered_on DESC);

-- DOWN
DROP INDEX CONCURRENTLY IF EXISTS orders_customer_id_idx;
