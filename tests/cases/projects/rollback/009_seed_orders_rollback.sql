-- Rollback: 009_seed_orders

BEGIN;

DELETE FROM order_lines;
DELETE FROM orders;
DELETE FROM customers;

DELETE FROM schema_migrations WHERE version = '009_seed_orders';

COMMIT;
