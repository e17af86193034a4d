-- Version: 002
-- Description: Create the task_statuses reference table and its rows
-- Author: The migratekit authors
-- Date: 2026-11-21
-- Dependencies: None

BEGIN;

CREATE TABLE task_statuses (
    code text NOT NULL,
    label text NOT NULL,
    -- True where no work is left, so that the tasks that wait for this one may start.
    is_closed boolean NOT NULL,
    CONSTRAINT task_statuses_pkey PRIMARY KEY (code),
    CONSTRAINT task_statuses_code_check CHECK (code ~ '^[a-z_]+$')
);

INSERT INTO task_statuses (code, label, is_closed)
VALUES
    ('pending', 'Pending', false),
    ('in_progress', 'In progress', false),
    ('done', 'Done', true),
    ('cancelled', 'Cancelled', true);

DO $$
DECLARE
    statuses_table regclass := to_regclass(format('%I.task_statuses', current_schema()));
    missing text;
BEGIN
    SELECT string_agg(wanted.description, '; ') INTO missing
    FROM (
        VALUES
            ('code text not null'),
            ('label text not null'),
            ('is_closed boolean not null'),
            ('task_statuses_pkey PRIMARY KEY (code)'),
            ('task_statuses_code_check CHECK (code ~ ''^[a-z_]+$''::text)')
        EXCEPT (
            SELECT concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod),
                             CASE WHEN a.attnotnull THEN 'not null' END)
            FROM pg_attribute AS a
            WHERE a.attrelid = statuses_table AND a.attnum > 0 AND NOT a.attisdropped
            UNION ALL
            SELECT concat_ws(' ', conname, pg_get_constraintdef(oid, true))
            FROM pg_constraint
            WHERE conrelid = statuses_table
        )
    ) AS wanted (description);

    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'table task_statuses in schema % lacks: %', current_schema(), missing;
    END IF;

    SELECT string_agg(wanted.code, ', ') INTO missing
    FROM (
        VALUES ('pending', false), ('in_progress', false), ('done', true), ('cancelled', true)
        EXCEPT
        SELECT code, is_closed FROM task_statuses
    ) AS wanted (code, is_closed);

    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'task_statuses lacks the rows, or has them with another is_closed: %', missing;
    END IF;
END $$;

COMMIT;
