-- Version: 005
-- Description: Add the complexity analysis to tasks
-- Author: The migratekit authors
-- Date: 2026-11-21
-- Dependencies: 003
-- Phase: expand

BEGIN;

-- Nullable, no default: the catalog changes, no row does, and the running application notices nothing.
ALTER TABLE tasks
    -- squawk-ignore prefer-bigint-over-smallint
    ADD COLUMN complexity_score smallint,
    ADD COLUMN complexity_analysed_at timestamptz,
    ADD COLUMN complexity_rationale text;

-- NOT VALID holds for new rows at once and reads no old ones; 006 reads those under a weaker lock.
ALTER TABLE tasks
    ADD CONSTRAINT tasks_complexity_score_check
    CHECK (complexity_score BETWEEN 1 AND 10) NOT VALID,
    ADD CONSTRAINT tasks_complexity_whole_check
    CHECK (num_nonnulls(complexity_score, complexity_analysed_at, complexity_rationale) IN (0, 3)) NOT VALID;

DO $$
DECLARE
    tasks_table regclass := to_regclass(format('%I.tasks', current_schema()));
    missing text;
BEGIN
    SELECT string_agg(wanted.description, '; ') INTO missing
    FROM (
        VALUES
            ('complexity_score smallint'),
            ('complexity_analysed_at timestamp with time zone'),
            ('complexity_rationale text'),
            ('tasks_complexity_score_check'
             ' CHECK (complexity_score >= 1 AND complexity_score <= 10) NOT VALID'),
            ('tasks_complexity_whole_check'
             ' CHECK (num_nonnulls(complexity_score, complexity_analysed_at, complexity_rationale)'
             ' = ANY (ARRAY[0, 3])) NOT VALID')
        EXCEPT (
            SELECT concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod),
                             CASE WHEN a.attnotnull THEN 'not null' END,
                             CASE WHEN a.atthasdef THEN 'with a default' END)
            FROM pg_attribute AS a
            WHERE a.attrelid = tasks_table AND a.attnum > 0 AND NOT a.attisdropped
            UNION ALL
            SELECT concat_ws(' ', conname, pg_get_constraintdef(oid, true))
            FROM pg_constraint
            WHERE conrelid = tasks_table
        )
    ) AS wanted (description);

    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'table tasks in schema % lacks: %', current_schema(), missing;
    END IF;
END $$;

COMMIT;
