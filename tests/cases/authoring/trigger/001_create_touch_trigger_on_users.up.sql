-- Version: 001
-- Description: Create the trigger touch on users
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: None

BEGIN;

-- The function keeps this path, whoever calls it: the schema of this chain, temporary objects last.
SELECT set_config('search_path', format('%I, pg_temp', current_schema()), true);

CREATE FUNCTION users_touch() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path FROM CURRENT
AS $$
BEGIN NEW.touched := now(); RETURN NEW; END
$$;

CREATE TRIGGER touch
BEFORE INSERT OR UPDATE ON users
FOR EACH ROW EXECUTE FUNCTION users_touch();

DO $$
DECLARE
    target regprocedure := to_regprocedure(format('%I.users_touch()', current_schema()));
    found text;
BEGIN
    SELECT concat_ws(' ', 'returns', pg_get_function_result(p.oid), 'in', l.lanname,
                     CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END,
                     array_to_string(p.proconfig, ' '))
    INTO found
    FROM pg_proc AS p
    JOIN pg_language AS l ON l.oid = p.prolang
    WHERE p.oid = target AND p.prokind = 'f';

    IF found IS DISTINCT FROM format('returns %s in plpgsql volatile search_path=%s, pg_temp', 'trigger'::regtype, quote_ident(current_schema())) THEN
        RAISE EXCEPTION 'function users_touch in schema % is not as wanted: %',
            current_schema(), coalesce(found, 'missing');
    END IF;
END
$$;

DO $$
DECLARE
    target regclass := to_regclass(format('%I.users', current_schema()));
    missing text;
BEGIN
    SELECT string_agg(wanted.line, '; ') INTO missing
    FROM (
        VALUES
            (format('CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON %I.users FOR EACH ROW EXECUTE FUNCTION %s', current_schema(), to_regprocedure(format('%I.users_touch()', current_schema()))))
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
