-- Version: 001
-- Description: Rescore users script
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: None
-- Phase: migrate
-- Script: 001_rescore_users_script.py
-- migratekit: resumable
--
-- `migratekit up` runs the program, then this file, which looks at what it did. golang-migrate does not run it.

BEGIN;

DO $$
DECLARE
    remaining bigint;
BEGIN
    IF (to_regclass(format('%I.users', current_schema())) = to_regclass('users')) IS NOT TRUE THEN
        RAISE EXCEPTION 'table users is missing in schema %', current_schema();
    END IF;

    SELECT count(*) INTO remaining FROM users WHERE initials IS NULL;

    IF remaining > 0 THEN
        RAISE EXCEPTION '% rows of table users in schema % are not done', remaining, current_schema()
            USING HINT = 'Is this run by migratekit, which calls the program? Once a row is done this must not hold for it any more: initials IS NULL';
    END IF;
END
$$;

COMMIT;
