-- Version: 001
-- Description: Revoke USAGE on app from pg_monitor
-- Rollback for: 001_grant_usage_on_app_schema_to_pg_monitor
-- Data: keeps every row

BEGIN;

-- No CASCADE: what the role has handed on is to be seen.
REVOKE USAGE ON SCHEMA app FROM pg_monitor;

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
        RAISE EXCEPTION 'role pg_monitor still has % of these privileges on schema app', amount;
    END IF;
END
$$;

COMMIT;
