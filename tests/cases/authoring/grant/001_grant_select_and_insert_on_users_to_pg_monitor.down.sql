-- Version: 001
-- Description: Revoke SELECT, INSERT on users from pg_monitor
-- Rollback for: 001_grant_select_and_insert_on_users_to_pg_monitor
-- Data: keeps every row

BEGIN;

-- No CASCADE: what the role has handed on is to be seen.
REVOKE SELECT, INSERT ON users FROM pg_monitor;

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
        RAISE EXCEPTION 'role pg_monitor still has % of these privileges on table users in schema %', amount, current_schema();
    END IF;
END
$$;

COMMIT;
