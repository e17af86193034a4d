-- Version: 001
-- Description: Drop the index users_email_name_idx
-- Rollback for: 001_add_index_on_users_email_name
-- Data: keeps every row
--
-- IF EXISTS: this statement commits in steps, so after an interruption it is run again.

DROP INDEX CONCURRENTLY IF EXISTS users_email_name_idx;
