BEGIN;
DROP TRIGGER customers_revision ON customers;
DROP FUNCTION count_revision();
ALTER TABLE customers DROP COLUMN revision;
COMMIT;

DELETE FROM schema_migrations WHERE version = '004_count_revisions';
