-- Version: 001
-- Description: Revoke USAGE on numbers from pg_monitor
-- Rollback for: 001_grant_usage_on_numbers_sequence_to_pg_monitor
-- Data: keeps every row

BEGIN;

-- No CASCADE: what the role has handed on is to be seen.
REVOKE USAGE ON SEQUENCE numbers FROM pg_monitor;

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
        RAISE EXCEPTION 'role pg_monitor still has % of these privileges on sequence numbers in schema %', amount, current_schema();
    END IF;
END
$$;

COMMIT;
