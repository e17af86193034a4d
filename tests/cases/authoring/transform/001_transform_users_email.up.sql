-- Version: 001
-- Description: Change email of users
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: None
-- Phase: migrate

BEGIN;

-- Locks each row that it changes until COMMIT: right for a short UPDATE. For many rows make it a backfill, in batches.
UPDATE users
SET email = lower(email)
WHERE email IS DISTINCT FROM (lower(email));

DO $$
DECLARE
    remaining bigint;
BEGIN
    IF (to_regclass(format('%I.users', current_schema())) = to_regclass('users')) IS NOT TRUE THEN
        RAISE EXCEPTION 'table users is missing in schema %', current_schema();
    END IF;

    SELECT count(*) INTO remaining FROM users WHERE email IS DISTINCT FROM (lower(email));

    IF remaining > 0 THEN
        RAISE EXCEPTION '% rows of table users in schema % are not changed', remaining, current_schema()
            USING HINT = 'Once a row is changed this must not hold for it any more: email IS DISTINCT FROM (lower(email))';
    END IF;
END
$$;

COMMIT;
