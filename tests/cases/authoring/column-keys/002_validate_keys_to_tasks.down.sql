-- Version: 002
-- Description: Make the foreign keys of tasks NOT VALID again
-- Rollback for: 002_validate_keys_to_tasks
-- Data: keeps every row
-- squawk-ignore-file ban-drop-constraint

BEGIN;

-- No statement takes a validation back: drop and add, NOT VALID, as before.
ALTER TABLE tasks DROP CONSTRAINT tasks_owner_fkey;
ALTER TABLE tasks ADD CONSTRAINT tasks_owner_fkey FOREIGN KEY (owner)
REFERENCES users (id) NOT VALID;

DO $$
DECLARE
    target regclass := to_regclass(format('%I.tasks', current_schema()));
    missing text;
BEGIN
    SELECT string_agg(wanted.line, '; ') INTO missing
    FROM (
        VALUES
            (format('constraint tasks_owner_fkey FOREIGN KEY (owner) REFERENCES %s(id) NOT VALID', to_regclass(format('%I.users', current_schema()))))
        EXCEPT (
            SELECT format('constraint %I %s', conname, pg_get_constraintdef(oid))
            FROM pg_constraint
            WHERE conrelid = target
        )
    ) AS wanted (line);

    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'table tasks in schema % lacks: %', current_schema(), missing;
    END IF;
END
$$;

COMMIT;
