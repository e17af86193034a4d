-- Rollback for: 005_add_task_complexity_columns
-- Version: 005
-- Description: Drop the complexity analysis from tasks
-- Data: loses every complexity analysis

BEGIN;

-- The two checks go with their columns.
ALTER TABLE tasks
    -- squawk-ignore ban-drop-column
    DROP COLUMN complexity_score,
    -- squawk-ignore ban-drop-column
    DROP COLUMN complexity_analysed_at,
    -- squawk-ignore ban-drop-column
    DROP COLUMN complexity_rationale;

DO $$
DECLARE
    tasks_table regclass := to_regclass(format('%I.tasks', current_schema()));
    remaining text;
BEGIN
    SELECT string_agg(present.name, ', ') INTO remaining
    FROM (
        SELECT attname::text FROM pg_attribute WHERE attrelid = tasks_table AND NOT attisdropped
        UNION ALL
        SELECT conname::text FROM pg_constraint WHERE conrelid = tasks_table
    ) AS present (name)
    WHERE present.name IN (
        'complexity_score', 'complexity_analysed_at', 'complexity_rationale',
        'tasks_complexity_score_check', 'tasks_complexity_whole_check'
    );

    IF remaining IS NOT NULL THEN
        RAISE EXCEPTION 'table tasks in schema % still has: %', current_schema(), remaining;
    END IF;
END $$;

COMMIT;
