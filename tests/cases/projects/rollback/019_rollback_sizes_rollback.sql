-- Rollback: 019_rollback_sizes

BEGIN;

ALTER TABLE products DROP COLUMN "größe";

DELETE FROM schema_migrations WHERE version = '019_rollback_sizes';

COMMIT;
