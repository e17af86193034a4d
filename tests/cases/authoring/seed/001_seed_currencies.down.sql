-- Version: 001
-- Description: Delete the rows that were put into currencies
-- Rollback for: 001_seed_currencies
-- Data: deletes these rows; those that were changed since stay

BEGIN;

-- The rows, each value of the type of its column.
CREATE TEMPORARY TABLE migratekit_rows ON COMMIT DROP AS SELECT code, name, since, details FROM currencies WITH NO DATA;
INSERT INTO migratekit_rows VALUES
    ('EUR', 'Euro', '1999-01-01', '{"of":"EU"}'),
    ('USD', 'Dollar; it''s', NULL, NULL);

DELETE FROM currencies AS t
USING migratekit_rows AS r
WHERE t.code = r.code
  AND t.name::text IS NOT DISTINCT FROM r.name::text
  AND t.since::text IS NOT DISTINCT FROM r.since::text
  AND t.details::text IS NOT DISTINCT FROM r.details::text;

DO $$
DECLARE
    amount bigint;
BEGIN
    IF (to_regclass(format('%I.currencies', current_schema())) = to_regclass('currencies')) IS NOT TRUE THEN
        RAISE EXCEPTION 'table currencies is missing in schema %', current_schema();
    END IF;

    SELECT count(*) INTO amount
    FROM pg_temp.migratekit_rows AS r
    JOIN currencies AS t ON t.code = r.code
      AND t.name::text IS NOT DISTINCT FROM r.name::text
      AND t.since::text IS NOT DISTINCT FROM r.since::text
      AND t.details::text IS NOT DISTINCT FROM r.details::text;

    IF amount > 0 THEN
        RAISE EXCEPTION '% rows of table currencies in schema % are still there', amount, current_schema();
    END IF;
END
$$;

COMMIT;
