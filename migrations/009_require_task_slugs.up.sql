-- Version: 009
-- Description: Refuse new tasks without a slug
-- Author: The migratekit authors
-- Date: 2026-11-21
-- Dependencies: 008
-- Phase: contract

BEGIN;

-- SET NOT NULL would read the table with everyone locked out; a check can be validated in peace, in 010.
ALTER TABLE tasks ADD CONSTRAINT tasks_slug_required CHECK (slug IS NOT NULL) NOT VALID;

DO $$
DECLARE
    found text;
BEGIN
    SELECT pg_get_constraintdef(oid, true) INTO found
    FROM pg_constraint
    WHERE conrelid = to_regclass(format('%I.tasks', current_schema())) AND conname = 'tasks_slug_required';

    IF found IS DISTINCT FROM 'CHECK (slug IS NOT NULL) NOT VALID' THEN
        RAISE EXCEPTION 'constraint tasks_slug_required of tasks in schema % is not as wanted: %',
            current_schema(), coalesce(found, 'missing');
    END IF;
END $$;

COMMIT;
