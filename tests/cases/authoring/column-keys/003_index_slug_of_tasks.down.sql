-- Version: 003
-- Description: Drop the unique index on slug of tasks
-- Rollback for: 003_index_slug_of_tasks
-- Data: keeps every row
--
-- IF EXISTS: this statement commits in steps, so after an interruption it is run again.

DROP INDEX CONCURRENTLY IF EXISTS tasks_slug_key;
