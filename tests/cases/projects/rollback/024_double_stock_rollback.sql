-- Rollback: 024_double_stock

BEGIN;

DELETE FROM greetings WHERE locale IN ('fr', 'pl');
UPDATE stock SET quantity = quantity / 2;

DELETE FROM schema_migrations WHERE version = '024_double_stock';

COMMIT;
