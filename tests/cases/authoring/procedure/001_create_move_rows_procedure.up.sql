-- Version: 001
-- Description: Create the procedure move_rows
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: None

BEGIN;

-- No SET search_path, with which it could not commit: it finds its tables where its caller does.
CREATE PROCEDURE move_rows(many int, since timestamptz DEFAULT now())
LANGUAGE plpgsql
AS $$
BEGIN PERFORM many; COMMIT; END
$$;

DO $$
DECLARE
    target regprocedure := to_regprocedure(format('%I.move_rows(int, timestamptz)', current_schema()));
    found text;
BEGIN
    SELECT concat_ws(' ', 'in', l.lanname, CASE WHEN p.prosecdef THEN 'security definer' END, array_to_string(p.proconfig, ' '))
    INTO found
    FROM pg_proc AS p
    JOIN pg_language AS l ON l.oid = p.prolang
    WHERE p.oid = target AND p.prokind = 'p';

    IF found IS DISTINCT FROM 'in plpgsql' THEN
        RAISE EXCEPTION 'procedure move_rows in schema % is not as wanted: %',
            current_schema(), coalesce(found, 'missing');
    END IF;
END
$$;

COMMIT;
