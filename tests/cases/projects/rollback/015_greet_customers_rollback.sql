-- Rollback: 015_greet_customers

BEGIN;

DROP FUNCTION greet(text);
DROP TABLE greetings;

DELETE FROM schema_migrations WHERE version = '015_greet_customers';

COMMIT;
