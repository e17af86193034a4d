-- Version: 001
-- Description: Drop the extension citext
-- Rollback for: 001_create_citext_extension
-- Data: keeps every row; what uses the extension stops it
-- squawk-ignore-file ban-drop-extension

BEGIN;

DROP EXTENSION citext;

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'citext') THEN
        RAISE EXCEPTION 'extension citext is still there';
    END IF;
END
$$;

COMMIT;
