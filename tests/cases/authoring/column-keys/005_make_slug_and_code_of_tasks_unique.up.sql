-- Version: 005
-- Description: Make slug, code of tasks unique
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: 004
-- Phase: contract

BEGIN;

-- What 004 could not check itself.
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
        RAISE EXCEPTION 'table tasks in schema % lacks: %', current_schema(), missing
            USING HINT = 'Migrate down to the version before 003, then up again: that builds it anew.';
    END IF;
END
$$;

-- Takes the index over as it is, and reads no row.
ALTER TABLE tasks ADD CONSTRAINT tasks_slug_key UNIQUE USING INDEX tasks_slug_key;
ALTER TABLE tasks ADD CONSTRAINT tasks_code_key UNIQUE USING INDEX tasks_code_key;

DO $$
DECLARE
    target regclass := to_regclass(format('%I.tasks', current_schema()));
    missing text;
BEGIN
    SELECT string_agg(wanted.line, '; ') INTO missing
    FROM (
        VALUES
            ('constraint tasks_slug_key UNIQUE (slug)'),
            ('constraint tasks_code_key UNIQUE (code)')
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
