-- Version: 001
-- Description: Leave the rows deleted that are gone from sessions
-- Rollback for: 001_clean_up_sessions
-- Data: has lost every row that was deleted

-- Nothing brings them back: they were not kept.
SELECT 'what was deleted from sessions stays away' AS note;
