-- Version: 001
-- Description: Grant USAGE on app to pg_monitor
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
    FROM pg_namespace AS n
    CROSS JOIN LATERAL aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) AS a
    WHERE n.nspname = 'app'
      AND a.grantee = (SELECT oid FROM pg_roles WHERE rolname = 'pg_monitor')
      AND a.privilege_type IN ('USAGE');

    IF amount <> 0 THEN
        RAISE EXCEPTION 'role pg_monitor has % of these privileges on schema app already', amount
            USING HINT = 'Leave them out of this migration.';
    END IF;
END
$$;

GRANT USAGE ON SCHEMA app TO pg_monitor WITH GRANT OPTION;

DO $$
DECLARE
    amount bigint;
BEGIN
    SELECT count(*) INTO amount
    FROM pg_namespace AS n
    CROSS JOIN LATERAL aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) AS a
    WHERE n.nspname = 'app'
      AND a.grantee = (SELECT oid FROM pg_roles WHERE rolname = 'pg_monitor')
      AND a.privilege_type IN ('USAGE') AND a.is_grantable = true;

    IF amount <> 1 THEN
        RAISE EXCEPTION 'role pg_monitor has only % of these privileges on schema app', amount;
    END IF;
END
$$;

COMMIT;
