-- Version: 001
-- Description: Revoke UPDATE (id, "e mail") on users from public
-- Rollback for: 001_grant_update_on_users_to_public
-- Data: keeps every row

BEGIN;

-- No CASCADE: what the role has handed on is to be seen.
REVOKE UPDATE (id, "e mail") ON users FROM PUBLIC;

DO $$
DECLARE
    amount bigint;
BEGIN
    SELECT count(*) INTO amount
    FROM pg_attribute AS c
    CROSS JOIN LATERAL aclexplode(c.attacl) AS a
    WHERE c.attrelid = to_regclass(format('%I.users', current_schema())) AND c.attname IN ('id', 'e mail')
      AND a.grantee = 0
      AND a.privilege_type IN ('UPDATE');

    IF amount <> 0 THEN
        RAISE EXCEPTION 'role public still has % of these privileges on table users in schema %', amount, current_schema();
    END IF;
END
$$;

COMMIT;
