-- Rollback: 025_billing

BEGIN;

DROP VIEW billing.unsent;
DROP TABLE billing.invoices;
DROP SCHEMA billing;

DELETE FROM schema_migrations WHERE version = '025_billing';

COMMIT;
