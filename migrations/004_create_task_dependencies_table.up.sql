-- Version: 004
-- Description: Create the task_dependencies table: which task waits for which
-- Author: The migratekit authors
-- Date: 2026-11-21
-- Dependencies: 003

BEGIN;

CREATE TABLE task_dependencies (
    task_id bigint NOT NULL,
    depends_on_id bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    -- The pair itself is the key, so no dependency is stored twice.
    CONSTRAINT task_dependencies_pkey PRIMARY KEY (task_id, depends_on_id),
    CONSTRAINT task_dependencies_task_id_fkey
    FOREIGN KEY (task_id) REFERENCES tasks (id) ON DELETE CASCADE,
    CONSTRAINT task_dependencies_depends_on_id_fkey
    FOREIGN KEY (depends_on_id) REFERENCES tasks (id) ON DELETE CASCADE,
    CONSTRAINT task_dependencies_not_self_check CHECK (task_id <> depends_on_id)
);

-- The key answers "what does this task wait for"; this index answers "what waits for this task".
CREATE INDEX task_dependencies_depends_on_id_idx ON task_dependencies (depends_on_id);

DO $$
DECLARE
    dependencies_table regclass := to_regclass(format('%I.task_dependencies', current_schema()));
    missing text;
BEGIN
    SELECT string_agg(wanted.description, '; ') INTO missing
    FROM (
        VALUES
            ('task_id bigint not null'),
            ('depends_on_id bigint not null'),
            ('created_at timestamp with time zone not null default now()'),
            ('task_dependencies_pkey PRIMARY KEY (task_id, depends_on_id)'),
            ('task_dependencies_task_id_fkey'
             ' FOREIGN KEY (task_id) REFERENCES tasks(id) ON DELETE CASCADE'),
            ('task_dependencies_depends_on_id_fkey'
             ' FOREIGN KEY (depends_on_id) REFERENCES tasks(id) ON DELETE CASCADE'),
            ('task_dependencies_not_self_check CHECK (task_id <> depends_on_id)'),
            ('CREATE INDEX task_dependencies_depends_on_id_idx'
             ' ON task_dependencies USING btree (depends_on_id)')
        EXCEPT (
            SELECT concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod),
                             CASE WHEN a.attnotnull THEN 'not null' END,
                             'default ' || pg_get_expr(d.adbin, d.adrelid))
            FROM pg_attribute AS a
            LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            WHERE a.attrelid = dependencies_table AND a.attnum > 0 AND NOT a.attisdropped
            UNION ALL
            SELECT concat_ws(' ', conname, pg_get_constraintdef(oid, true))
            FROM pg_constraint
            WHERE conrelid = dependencies_table
            UNION ALL
            SELECT pg_get_indexdef(indexrelid, 0, true)
            FROM pg_index
            WHERE indrelid = dependencies_table AND indisvalid AND indisready
        )
    ) AS wanted (description);

    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'table task_dependencies in schema % lacks: %', current_schema(), missing;
    END IF;
END $$;

COMMIT;
