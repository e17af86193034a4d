-- Rollback: 001_create_customers

BEGIN;

DROP TABLE customers;

DELETE FROM schema_migrations WHERE version = '001_create_customers';

COMMIT;
