-- Rollback: 022_rename_stock_amount

BEGIN;

DROP RULE stock_is_kept ON warehouses;
DROP VIEW stock_by_town;
ALTER TABLE stock RENAME COLUMN quantity TO amount;

-- forget it
DELETE FROM schema_migrations WHERE version = '022_rename_stock_amount'; -- as if nothing had been

COMMIT;
