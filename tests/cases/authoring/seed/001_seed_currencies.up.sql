-- Version: 001
-- Description: Put 2 rows into currencies
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: None

BEGIN;

-- The rows, each value of the type of its column.
CREATE TEMPORARY TABLE migratekit_rows ON COMMIT DROP AS SELECT code, name, since, details FROM currencies WITH NO DATA;
INSERT INTO migratekit_rows VALUES
    ('EUR', 'Euro', '1999-01-01', '{"of":"EU"}'),
    ('USD', 'Dollar; it''s', NULL, NULL);

-- A row that is there already stays as it is.
INSERT INTO currencies (code, name, since, details)
SELECT code, name, since, details FROM migratekit_rows
ON CONFLICT DO NOTHING;

DO $$
DECLARE
    amount bigint;
BEGIN
    IF (to_regclass(format('%I.currencies', current_schema())) = to_regclass('currencies')) IS NOT TRUE THEN
        RAISE EXCEPTION 'table currencies is missing in schema %', current_schema();
    END IF;

    SELECT count(*) INTO amount
    FROM pg_temp.migratekit_rows AS r
    WHERE (SELECT count(*) FROM currencies AS t WHERE t.code = r.code) <> 1;

    IF amount > 0 THEN
        RAISE EXCEPTION '% rows of table currencies in schema % are missing, or there several times', amount, current_schema();
    END IF;
END
$$;

COMMIT;
