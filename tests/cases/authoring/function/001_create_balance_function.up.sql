-- Version: 001
-- Description: Create the function balance
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: None

BEGIN;

-- The function keeps this path, whoever calls it: the schema of this chain, temporary objects last.
SELECT set_config('search_path', format('%I, pg_temp', current_schema()), true);

CREATE FUNCTION balance(account bigint, since timestamptz DEFAULT '2020-01-01', parts mood[] DEFAULT '{}') RETURNS numeric
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $body1$
BEGIN RETURN (SELECT 1 WHERE '$$' <> $1::text); END
$body1$;

DO $$
DECLARE
    target regprocedure := to_regprocedure(format('%I.balance(bigint, timestamptz, mood[])', current_schema()));
    found text;
BEGIN
    SELECT concat_ws(' ', 'returns', pg_get_function_result(p.oid), 'in', l.lanname,
                     CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END,
                     array_to_string(p.proconfig, ' '))
    INTO found
    FROM pg_proc AS p
    JOIN pg_language AS l ON l.oid = p.prolang
    WHERE p.oid = target AND p.prokind = 'f';

    IF found IS DISTINCT FROM format('returns %s in plpgsql stable search_path=%s, pg_temp', 'numeric', quote_ident(current_schema())) THEN
        RAISE EXCEPTION 'function balance in schema % is not as wanted: %',
            current_schema(), coalesce(found, 'missing');
    END IF;
END
$$;

COMMIT;
