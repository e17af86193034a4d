-- Version: 001
-- Description: Grant SELECT, INSERT on users to pg_monitor
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
    CROSS JOIN LATERAL aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) AS a
    WHERE c.oid = to_regclass(format('%I.users', current_schema()))
      AND a.grantee = (SELECT oid FROM pg_roles WHERE rolname = 'pg_monitor')
      AND a.privilege_type IN ('SELECT', 'INSERT');

    IF amount <> 0 THEN
        RAISE EXCEPTION 'role pg_monitor has % of these privileges on table users in schema % already', amount, current_schema()
            USING HINT = 'Leave them out of this migration.';
    END IF;
END
$$;

GRANT SELECT, INSERT ON users TO pg_monitor;

DO $$
DECLARE
    amount bigint;
BEGIN
    SELECT count(*) INTO amount
    FROM pg_class AS c
    CROSS JOIN LATERAL aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) AS a
    WHERE c.oid = to_regclass(format('%I.users', current_schema()))
      AND a.grantee = (SELECT oid FROM pg_roles WHERE rolname = 'pg_monitor')
      AND a.privilege_type IN ('SELECT', 'INSERT') AND a.is_grantable = false;

    IF amount <> 2 THEN
        RAISE EXCEPTION 'role pg_monitor has only % of these privileges on table users in schema %', amount, current_schema();
    END IF;
END
$$;

COMMIT;
