-- Version: 001
-- Description: Undo the backfill of users
-- Rollback for: 001_backfill_users_email_lower
-- Data: keeps what was filled

-- Nothing is undone: what was filled is in nobody's way, and other values may be among it by now.
SELECT 'what was filled in users stays' AS note;
