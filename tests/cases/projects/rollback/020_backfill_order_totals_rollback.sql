-- Rollback: 020_backfill_order_totals

BEGIN;

ALTER TABLE orders DROP COLUMN total;

DELETE FROM schema_migrations WHERE version = '020_backfill_order_totals';

COMMIT;
