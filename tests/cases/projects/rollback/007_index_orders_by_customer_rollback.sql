-- Rollback: 007_index_orders_by_customer

DROP INDEX CONCURRENTLY IF EXISTS orders_customer_id_idx;
