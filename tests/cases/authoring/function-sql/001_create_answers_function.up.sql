-- Version: 001
-- Description: Create the function answers
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: None

BEGIN;

-- The function keeps this path, whoever calls it: the schema of this chain, temporary objects last.
SELECT set_config('search_path', format('%I, pg_temp', current_schema()), true);

CREATE FUNCTION answers() RETURNS SETOF int
LANGUAGE sql IMMUTABLE
SET search_path FROM CURRENT
AS $$
VALUES (42)
$$;

DO $$
DECLARE
    target regprocedure := to_regprocedure(format('%I.answers()', current_schema()));
    found text;
BEGIN
    SELECT concat_ws(' ', 'returns', pg_get_function_result(p.oid), 'in', l.lanname,
                     CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END,
                     array_to_string(p.proconfig, ' '))
    INTO found
    FROM pg_proc AS p
    JOIN pg_language AS l ON l.oid = p.prolang
    WHERE p.oid = target AND p.prokind = 'f';

    IF found IS DISTINCT FROM format('returns %s in sql immutable search_path=%s, pg_temp', 'SETOF integer', quote_ident(current_schema())) THEN
        RAISE EXCEPTION 'function answers in schema % is not as wanted: %',
            current_schema(), coalesce(found, 'missing');
    END IF;
END
$$;

COMMIT;
