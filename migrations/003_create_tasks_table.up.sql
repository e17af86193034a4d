-- Version: 003
-- Description: Create the tasks table and the indexes to walk it
-- Author: The migratekit authors
-- Date: 2026-11-21
-- Dependencies: 001, 002

BEGIN;

CREATE TABLE tasks (
    id bigint GENERATED ALWAYS AS IDENTITY,
    plan_id bigint NOT NULL,
    title text NOT NULL,
    description text NOT NULL DEFAULT '',
    status text NOT NULL DEFAULT 'pending',
    -- 1 comes first; five steps never outgrow the type.
    -- squawk-ignore prefer-bigint-over-smallint
    priority smallint NOT NULL DEFAULT 3,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT tasks_pkey PRIMARY KEY (id),
    CONSTRAINT tasks_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES plans (id) ON DELETE CASCADE,
    CONSTRAINT tasks_status_fkey FOREIGN KEY (status) REFERENCES task_statuses (code),
    CONSTRAINT tasks_title_check CHECK (length(title) BETWEEN 1 AND 500),
    CONSTRAINT tasks_priority_check CHECK (priority BETWEEN 1 AND 5)
);

-- A table made in this transaction is nobody else's yet: plain CREATE INDEX locks no one out.
CREATE INDEX tasks_plan_id_idx ON tasks (plan_id);
CREATE INDEX tasks_pending_idx ON tasks (plan_id, priority, id) WHERE status = 'pending';

DO $$
DECLARE
    tasks_table regclass := to_regclass(format('%I.tasks', current_schema()));
    missing text;
BEGIN
    SELECT string_agg(wanted.description, '; ') INTO missing
    FROM (
        VALUES
            ('id bigint not null identity'),
            ('plan_id bigint not null'),
            ('title text not null'),
            ('description text not null default ''''::text'),
            ('status text not null default ''pending''::text'),
            ('priority smallint not null default 3'),
            ('created_at timestamp with time zone not null default now()'),
            ('updated_at timestamp with time zone not null default now()'),
            ('tasks_pkey PRIMARY KEY (id)'),
            ('tasks_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES plans(id) ON DELETE CASCADE'),
            ('tasks_status_fkey FOREIGN KEY (status) REFERENCES task_statuses(code)'),
            ('tasks_title_check CHECK (length(title) >= 1 AND length(title) <= 500)'),
            ('tasks_priority_check CHECK (priority >= 1 AND priority <= 5)'),
            ('CREATE INDEX tasks_plan_id_idx ON tasks USING btree (plan_id)'),
            ('CREATE INDEX tasks_pending_idx ON tasks USING btree (plan_id, priority, id)'
             ' WHERE status = ''pending''::text')
        EXCEPT (
            SELECT concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod),
                             CASE WHEN a.attnotnull THEN 'not null' END,
                             CASE WHEN a.attidentity = 'a' THEN 'identity' END,
                             'default ' || pg_get_expr(d.adbin, d.adrelid))
            FROM pg_attribute AS a
            LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            WHERE a.attrelid = tasks_table AND a.attnum > 0 AND NOT a.attisdropped
            UNION ALL
            SELECT concat_ws(' ', conname, pg_get_constraintdef(oid, true))
            FROM pg_constraint
            WHERE conrelid = tasks_table
            UNION ALL
            SELECT pg_get_indexdef(indexrelid, 0, true)
            FROM pg_index
            WHERE indrelid = tasks_table AND indisvalid AND indisready
        )
    ) AS wanted (description);

    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'table tasks in schema % lacks: %', current_schema(), missing;
    END IF;
END $$;

COMMIT;
