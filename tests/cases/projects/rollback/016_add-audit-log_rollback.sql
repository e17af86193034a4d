-- Rollback: 016_add-audit-log

BEGIN;

DROP TRIGGER products_audit ON products;
DROP FUNCTION write_audit_log();
DROP TABLE audit_log;

DELETE FROM schema_migrations WHERE version = '016_add-audit-log';

COMMIT;
