-- Version: 001
-- Description: Make rows of rates what they were
-- Rollback for: 001_update_rates_reference
-- Data: loses what these rows are now; gives them what they were when this file was made

BEGIN;

-- The rows that go, by their keys, unless they are among those below.
CREATE TEMPORARY TABLE migratekit_leaving ON COMMIT DROP AS SELECT country, kind, rate, "per cent" FROM rates WITH NO DATA;
INSERT INTO migratekit_leaving VALUES
    (1, 'full', 0.19, true),
    (1, 'low', 0.07, true);

-- The rows as they shall be.
CREATE TEMPORARY TABLE migratekit_rows ON COMMIT DROP AS SELECT country, kind, rate, "per cent" FROM rates WITH NO DATA;
INSERT INTO migratekit_rows VALUES
    ('1', 'full', '0.16', NULL),
    ('2', 'full', '0.2', 'false');

DELETE FROM rates AS t
USING migratekit_leaving AS r
WHERE t.country = r.country AND t.kind = r.kind
  AND NOT EXISTS (SELECT FROM migratekit_rows AS s WHERE t.country = s.country AND t.kind = s.kind);

INSERT INTO rates (country, kind, rate, "per cent")
SELECT country, kind, rate, "per cent" FROM migratekit_rows
ON CONFLICT (country, kind) DO UPDATE SET rate = excluded.rate, "per cent" = excluded."per cent";

DO $$
DECLARE
    amount bigint;
BEGIN
    IF (to_regclass(format('%I.rates', current_schema())) = to_regclass('rates')) IS NOT TRUE THEN
        RAISE EXCEPTION 'table rates is missing in schema %', current_schema();
    END IF;

    SELECT count(*) INTO amount
    FROM pg_temp.migratekit_rows AS r
    WHERE NOT EXISTS (
        SELECT FROM rates AS t
        WHERE t.country = r.country AND t.kind = r.kind
          AND t.rate::text IS NOT DISTINCT FROM r.rate::text
          AND t."per cent"::text IS NOT DISTINCT FROM r."per cent"::text
    );

    amount := amount + (
        SELECT count(*)
        FROM pg_temp.migratekit_leaving AS r
        JOIN rates AS t ON t.country = r.country AND t.kind = r.kind
        WHERE NOT EXISTS (SELECT FROM pg_temp.migratekit_rows AS s WHERE t.country = s.country AND t.kind = s.kind)
    );

    IF amount > 0 THEN
        RAISE EXCEPTION '% rows of table rates in schema % are not as they should be', amount, current_schema();
    END IF;
END
$$;

COMMIT;
