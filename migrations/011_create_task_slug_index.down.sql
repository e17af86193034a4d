-- Rollback for: 011_create_task_slug_index
-- Version: 011
-- Description: Drop the index of the slugs
-- Data: keeps every row
--
-- IF EXISTS: this statement commits in steps, so after an interruption it is run again.

DROP INDEX CONCURRENTLY IF EXISTS tasks_plan_id_slug_idx;
