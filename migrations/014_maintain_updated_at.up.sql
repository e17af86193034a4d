-- Version: 014
-- Description: Set updated_at of plans and tasks on every update
-- Author: The migratekit authors
-- Date: 2026-11-21
-- Dependencies: 001, 003, 008

BEGIN;

-- Names nothing that a search_path could redirect, so it needs none of its own.
CREATE FUNCTION set_updated_at() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    NEW.updated_at := CURRENT_TIMESTAMP;
    RETURN NEW;
END
$$;

CREATE TRIGGER plans_set_updated_at
BEFORE UPDATE ON plans
FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TRIGGER tasks_set_updated_at
BEFORE UPDATE ON tasks
FOR EACH ROW EXECUTE FUNCTION set_updated_at();

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(wanted.description, '; ') INTO missing
    FROM (
        VALUES
            ('CREATE TRIGGER plans_set_updated_at BEFORE UPDATE ON plans'
             ' FOR EACH ROW EXECUTE FUNCTION set_updated_at()'),
            ('CREATE TRIGGER tasks_set_updated_at BEFORE UPDATE ON tasks'
             ' FOR EACH ROW EXECUTE FUNCTION set_updated_at()')
        EXCEPT
        SELECT pg_get_triggerdef(oid, true)
        FROM pg_trigger
        WHERE tgrelid IN (
            to_regclass(format('%I.plans', current_schema())),
            to_regclass(format('%I.tasks', current_schema()))
        ) AND tgfoid = to_regprocedure(format('%I.set_updated_at()', current_schema())) AND tgenabled = 'O'
    ) AS wanted (description);

    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'schema % lacks, or has disabled: %', current_schema(), missing;
    END IF;
END $$;

COMMIT;
