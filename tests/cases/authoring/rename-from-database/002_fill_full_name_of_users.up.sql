-- Version: 002
-- Description: Fill full_name of users for the rows that are older than it
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: 001
-- Phase: migrate

BEGIN;

-- The trigger of 001 fills what is written. Locks each row it fills until COMMIT: right for a short UPDATE,
-- too long for millions of rows; fill those in batches before, and keep this for the rest.
UPDATE users AS t
SET full_name = t.name
WHERE t.full_name IS NULL AND t.name IS NOT NULL;

DO $$
DECLARE
    target regclass := to_regclass(format('%I.users', current_schema()));
    unfilled bigint;
BEGIN
    IF target IS DISTINCT FROM 'users'::regclass THEN
        RAISE EXCEPTION 'table users is missing in schema %', current_schema();
    END IF;

    SELECT count(*) INTO unfilled FROM users AS t WHERE t.full_name IS NULL AND t.name IS NOT NULL;

    IF unfilled > 0 THEN
        RAISE EXCEPTION '% rows of table users in schema % have no full_name',
            unfilled, current_schema();
    END IF;
END
$$;

COMMIT;
