-- Version: 001
-- Description: Grant UPDATE (id, "e mail") on users to public
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
    FROM pg_attribute AS c
    CROSS JOIN LATERAL aclexplode(c.attacl) AS a
    WHERE c.attrelid = to_regclass(format('%I.users', current_schema())) AND c.attname IN ('id', 'e mail')
      AND a.grantee = 0
      AND a.privilege_type IN ('UPDATE');

    IF amount <> 0 THEN
        RAISE EXCEPTION 'role public has % of these privileges on table users in schema % already', amount, current_schema()
            USING HINT = 'Leave them out of this migration.';
    END IF;
END
$$;

GRANT UPDATE (id, "e mail") ON users TO PUBLIC;

DO $$
DECLARE
    amount bigint;
BEGIN
    SELECT count(*) INTO amount
    FROM pg_attribute AS c
    CROSS JOIN LATERAL aclexplode(c.attacl) AS a
    WHERE c.attrelid = to_regclass(format('%I.users', current_schema())) AND c.attname IN ('id', 'e mail')
      AND a.grantee = 0
      AND a.privilege_type IN ('UPDATE') AND a.is_grantable = false;

    IF amount <> 2 THEN
        RAISE EXCEPTION 'role public has only % of these privileges on table users in schema %', amount, current_schema();
    END IF;
END
$$;

COMMIT;
