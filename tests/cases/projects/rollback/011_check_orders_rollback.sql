-- Rollback: 011_check_orders

BEGIN;

ALTER TABLE order_lines DROP CONSTRAINT order_lines_price_positive;
ALTER TABLE orders DROP CONSTRAINT orders_not_before_opening;

DELETE FROM schema_migrations WHERE version = '011_check_orders';

COMMIT;
