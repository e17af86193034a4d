-- Rollback for: 006_validate_task_complexity_checks
-- Version: 006
-- Description: Make the complexity checks NOT VALID again
-- Data: keeps every row

BEGIN;

-- There is no statement that takes a validation back: drop and add, NOT VALID, as 005 did.
ALTER TABLE tasks
    -- squawk-ignore ban-drop-constraint
    DROP CONSTRAINT tasks_complexity_score_check,
    -- squawk-ignore ban-drop-constraint
    DROP CONSTRAINT tasks_complexity_whole_check,
    ADD CONSTRAINT tasks_complexity_score_check
    CHECK (complexity_score BETWEEN 1 AND 10) NOT VALID,
    ADD CONSTRAINT tasks_complexity_whole_check
    CHECK (num_nonnulls(complexity_score, complexity_analysed_at, complexity_rationale) IN (0, 3)) NOT VALID;

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(wanted.description, '; ') INTO missing
    FROM (
        VALUES
            ('tasks_complexity_score_check'
             ' CHECK (complexity_score >= 1 AND complexity_score <= 10) NOT VALID'),
            ('tasks_complexity_whole_check'
             ' CHECK (num_nonnulls(complexity_score, complexity_analysed_at, complexity_rationale)'
             ' = ANY (ARRAY[0, 3])) NOT VALID')
        EXCEPT
        SELECT concat_ws(' ', conname, pg_get_constraintdef(oid, true))
        FROM pg_constraint
        WHERE conrelid = to_regclass(format('%I.tasks', current_schema()))
    ) AS wanted (description);

    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'table tasks in schema % lacks: %', current_schema(), missing;
    END IF;
END $$;

COMMIT;
