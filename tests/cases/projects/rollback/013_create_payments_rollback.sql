-- Rollback: 013_create_payments

BEGIN;

DROP TABLE payments;

DELETE FROM schema_migrations WHERE version = '013_create_payments';

COMMIT;
