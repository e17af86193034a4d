-- Version: 002
-- Description: Drop the index user_accounts_email_idx
-- Rollback for: 002_create_user_accounts_email_index
-- Data: keeps every row
--
-- IF EXISTS: this statement commits in steps, so after an interruption it is run again.

DROP INDEX CONCURRENTLY IF EXISTS user_accounts_email_idx;
