-- Rollback: 010_split_customer_names

BEGIN;

ALTER TABLE customers ADD COLUMN full_name text;
UPDATE customers SET full_name = concat_ws(' ', first_name, last_name);
ALTER TABLE customers ALTER COLUMN full_name SET NOT NULL;
ALTER TABLE customers DROP COLUMN first_name, DROP COLUMN last_name;

DELETE FROM public.schema_migrations
 WHERE version = '010_split_customer_names';

COMMIT;
