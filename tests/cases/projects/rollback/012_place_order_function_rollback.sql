-- Rollback: 012_place_order_function

BEGIN;

DELETE FROM orders WHERE ordered_on = DATE '2024-03-01';
DROP FUNCTION place_order(bigint, integer, integer);

DELETE FROM schema_migrations WHERE version = '012_place_order_function';

COMMIT;
