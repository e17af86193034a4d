-- Version: 001
-- Description: Drop the unique index on email of users
-- Rollback for: 001_add_unique_email_to_users
-- Data: keeps every row
--
-- IF EXISTS: this statement commits in steps, so after an interruption it is run again.

DROP INDEX CONCURRENTLY IF EXISTS users_email_key;
