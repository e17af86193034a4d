-- Version: 004
-- Description: Drop the unique index on code of tasks
-- Rollback for: 004_index_code_of_tasks
-- Data: keeps every row
--
-- IF EXISTS: this statement commits in steps, so after an interruption it is run again.

DROP INDEX CONCURRENTLY IF EXISTS tasks_code_key;
