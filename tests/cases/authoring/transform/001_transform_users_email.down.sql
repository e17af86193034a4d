-- Version: 001
-- Description: Change email of users back
-- Rollback for: 001_transform_users_email
-- Data: keeps every row

BEGIN;

UPDATE users
SET email = upper(email)
WHERE email <> upper(email);

DO $$
DECLARE
    remaining bigint;
BEGIN
    IF (to_regclass(format('%I.users', current_schema())) = to_regclass('users')) IS NOT TRUE THEN
        RAISE EXCEPTION 'table users is missing in schema %', current_schema();
    END IF;

    SELECT count(*) INTO remaining FROM users WHERE email <> upper(email);

    IF remaining > 0 THEN
        RAISE EXCEPTION '% rows of table users in schema % are not changed', remaining, current_schema()
            USING HINT = 'Once a row is changed this must not hold for it any more: email <> upper(email)';
    END IF;
END
$$;

COMMIT;
