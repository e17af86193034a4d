-- Version: 001
-- Description: Undo: Rescore users script
-- Rollback for: 001_rescore_users_script
-- Data: changes each row that the condition below holds for, whoever filled it

BEGIN;

-- Locks each row that it changes until COMMIT.
UPDATE users
SET initials = NULL
WHERE initials IS NOT NULL;

DO $$
DECLARE
    remaining bigint;
BEGIN
    IF (to_regclass(format('%I.users', current_schema())) = to_regclass('users')) IS NOT TRUE THEN
        RAISE EXCEPTION 'table users is missing in schema %', current_schema();
    END IF;

    SELECT count(*) INTO remaining FROM users WHERE initials IS NOT NULL;

    IF remaining > 0 THEN
        RAISE EXCEPTION '% rows of table users in schema % are not changed', remaining, current_schema()
            USING HINT = 'Once a row is changed this must not hold for it any more: initials IS NOT NULL';
    END IF;
END
$$;

COMMIT;
