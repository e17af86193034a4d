-- Version: 006
-- Description: Validate the complexity checks on the rows that were there before them
-- Author: The migratekit authors
-- Date: 2026-11-21
-- Dependencies: 005
-- Phase: contract

BEGIN;

-- Reads the whole table, but reads and writes of others go on meanwhile.
ALTER TABLE tasks VALIDATE CONSTRAINT tasks_complexity_score_check;
ALTER TABLE tasks VALIDATE CONSTRAINT tasks_complexity_whole_check;

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(wanted.name, ', ') INTO missing
    FROM (
        VALUES ('tasks_complexity_score_check'), ('tasks_complexity_whole_check')
        EXCEPT
        SELECT conname::text
        FROM pg_constraint
        WHERE conrelid = to_regclass(format('%I.tasks', current_schema())) AND convalidated
    ) AS wanted (name);

    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'table tasks in schema % lacks, or has not validated: %', current_schema(), missing;
    END IF;
END $$;

COMMIT;
