-- Rollback: 003_create_orders

BEGIN;

DROP TABLE order_lines;
DROP TABLE orders;
DROP TYPE order_status;

DELETE FROM schema_migrations WHERE version = '003_create_orders';

COMMIT;
