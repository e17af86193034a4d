-- Version: 001
-- Description: Make rows of currencies what they were
-- Rollback for: 001_update_currencies_reference
-- Data: loses what these rows are now; gives them what they were when this file was made

BEGIN;

-- The rows that go, by their keys, unless they are among those below.
CREATE TEMPORARY TABLE migratekit_leaving ON COMMIT DROP AS SELECT code, name FROM currencies WITH NO DATA;
INSERT INTO migratekit_leaving VALUES
    ('EUR', 'Euro'),
    ('USD', 'Dollar');

-- The rows as they shall be.
CREATE TEMPORARY TABLE migratekit_rows ON COMMIT DROP AS SELECT code, name FROM currencies WITH NO DATA;
INSERT INTO migratekit_rows VALUES
    ('DEM', 'Mark'),
    ('EUR', 'Ecu');

DELETE FROM currencies AS t
USING migratekit_leaving AS r
WHERE t.code = r.code
  AND NOT EXISTS (SELECT FROM migratekit_rows AS s WHERE t.code = s.code);

INSERT INTO currencies (code, name)
SELECT code, name FROM migratekit_rows
ON CONFLICT (code) DO UPDATE SET name = excluded.name;

DO $$
DECLARE
    amount bigint;
BEGIN
    IF (to_regclass(format('%I.currencies', current_schema())) = to_regclass('currencies')) IS NOT TRUE THEN
        RAISE EXCEPTION 'table currencies is missing in schema %', current_schema();
    END IF;

    SELECT count(*) INTO amount
    FROM pg_temp.migratekit_rows AS r
    WHERE NOT EXISTS (
        SELECT FROM currencies AS t
        WHERE t.code = r.code
          AND t.name::text IS NOT DISTINCT FROM r.name::text
    );

    amount := amount + (
        SELECT count(*)
        FROM pg_temp.migratekit_leaving AS r
        JOIN currencies AS t ON t.code = r.code
        WHERE NOT EXISTS (SELECT FROM pg_temp.migratekit_rows AS s WHERE t.code = s.code)
    );

    IF amount > 0 THEN
        RAISE EXCEPTION '% rows of table currencies in schema % are not as they should be', amount, current_schema();
    END IF;
END
$$;

COMMIT;
