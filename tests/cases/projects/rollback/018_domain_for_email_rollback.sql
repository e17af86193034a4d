-- Rollback: 018_domain_for_email

BEGIN;

ALTER TABLE orders DROP COLUMN invoice_number;
DROP SEQUENCE invoice_numbers;
ALTER TABLE customers ALTER COLUMN email TYPE text;
DROP DOMAIN email_address;

DELETE FROM schema_migrations WHERE version = '018_domain_for_email';

COMMIT;
