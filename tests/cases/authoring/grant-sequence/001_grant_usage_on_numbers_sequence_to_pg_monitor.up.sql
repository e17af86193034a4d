-- Version: 001
-- Description: Grant USAGE on numbers to pg_monitor
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: None

BEGIN;

-- What the role has already the down file would take away.
DO $$
DECLARE
    amount bigint;
BEGIN
    SELECT count(*) INTO amount
    FROM pg_class AS c
    CROSS JOIN LATERAL aclexplode(coalesce(c.relacl, acldefault('S', c.relowner))) AS a
    WHERE c.oid = to_regclass(format('%I.numbers', current_schema()))
      AND a.grantee = (SELECT oid FROM pg_roles WHERE rolname = 'pg_monitor')
      AND a.privilege_type IN ('USAGE');

    IF amount <> 0 THEN
        RAISE EXCEPTION 'role pg_monitor has % of these privileges on sequence numbers in schema % already', amount, current_schema()
            USING HINT = 'Leave them out of this migration.';
    END IF;
END
$$;

GRANT USAGE ON SEQUENCE numbers TO pg_monitor;

DO $$
DECLARE
    amount bigint;
BEGIN
    SELECT count(*) INTO amount
    FROM pg_class AS c
    CROSS JOIN LATERAL aclexplode(coalesce(c.relacl, acldefault('S', c.relowner))) AS a
    WHERE c.oid = to_regclass(format('%I.numbers', current_schema()))
      AND a.grantee = (SELECT oid FROM pg_roles WHERE rolname = 'pg_monitor')
      AND a.privilege_type IN ('USAGE') AND a.is_grantable = false;

    IF amount <> 1 THEN
        RAISE EXCEPTION 'role pg_monitor has only % of these privileges on sequence numbers in schema %', amount, current_schema();
    END IF;
END
$$;

COMMIT;
