-- Version: 001
-- Description: Create the trigger touch on users
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: None

BEGIN;

CREATE TRIGGER touch
AFTER INSERT ON users
FOR EACH STATEMENT EXECUTE FUNCTION noop();

DO $$
DECLARE
    target regclass := to_regclass(format('%I.users', current_schema()));
    missing text;
BEGIN
    SELECT string_agg(wanted.line, '; ') INTO missing
    FROM (
        VALUES
            (format('CREATE TRIGGER touch AFTER INSERT ON %I.users FOR EACH STATEMENT EXECUTE FUNCTION %s', current_schema(), to_regprocedure(format('%I.noop()', current_schema()))))
        EXCEPT (
            SELECT pg_get_triggerdef(oid)
            FROM pg_trigger
            WHERE tgrelid = target AND tgenabled = 'O'
        )
    ) AS wanted (line);

    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'table users in schema % lacks: %', current_schema(), missing;
    END IF;
END
$$;

COMMIT;
