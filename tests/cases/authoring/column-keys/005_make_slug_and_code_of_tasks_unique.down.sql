-- Version: 005
-- Description: Let slug, code of tasks be held unique by their indexes alone
-- Rollback for: 005_make_slug_and_code_of_tasks_unique
-- Data: keeps every row
-- squawk-ignore-file ban-drop-constraint, renaming-object, require-concurrent-index-creation

BEGIN;

-- The index goes with the constraint. Its like is built first: until then reads go on, and writes wait.
CREATE UNIQUE INDEX tasks_slug_spare ON tasks (slug);
ALTER TABLE tasks DROP CONSTRAINT tasks_slug_key;
ALTER INDEX tasks_slug_spare RENAME TO tasks_slug_key;
CREATE UNIQUE INDEX tasks_code_spare ON tasks (code);
ALTER TABLE tasks DROP CONSTRAINT tasks_code_key;
ALTER INDEX tasks_code_spare RENAME TO tasks_code_key;

DO $$
DECLARE
    target regclass := to_regclass(format('%I.tasks', current_schema()));
    missing text;
BEGIN
    SELECT string_agg(wanted.line, '; ') INTO missing
    FROM (
        VALUES
            (format('CREATE UNIQUE INDEX tasks_slug_key ON %I.tasks USING btree (slug)', current_schema())),
            (format('CREATE UNIQUE INDEX tasks_code_key ON %I.tasks USING btree (code)', current_schema()))
        EXCEPT (
            SELECT pg_get_indexdef(indexrelid)
            FROM pg_index
            WHERE indrelid = target AND indisvalid AND indisready
        )
    ) AS wanted (line);

    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'table tasks in schema % lacks: %', current_schema(), missing;
    END IF;
END
$$;

DO $$
DECLARE
    target regclass := to_regclass(format('%I.tasks', current_schema()));
    remaining text;
BEGIN
    SELECT string_agg(present.line, ', ') INTO remaining
    FROM (
        SELECT format('constraint %s', conname) FROM pg_constraint
        WHERE conrelid = target AND conname IN ('tasks_slug_key', 'tasks_code_key')
    ) AS present (line);

    IF target IS NULL OR remaining IS NOT NULL THEN
        RAISE EXCEPTION 'table tasks in schema % is missing, or still has: %', current_schema(), remaining;
    END IF;
END
$$;

COMMIT;
