-- Migration: 007_index_orders_by_customer
-- Description: index orders by customer

CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_customer_id_idx ON orders (customer_id, ordered_on DESC);
