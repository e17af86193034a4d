-- Rollback: 008_order_totals_view

BEGIN;

DROP VIEW order_totals;

DELETE FROM schema_migrations WHERE version = '008_order_totals_view';

COMMIT;
