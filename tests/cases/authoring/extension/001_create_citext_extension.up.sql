-- Version: 001
-- Description: Create the extension citext
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: None

BEGIN;

-- No IF NOT EXISTS: the down file would drop what somebody else has made.
CREATE EXTENSION citext;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'citext') THEN
        RAISE EXCEPTION 'extension citext is missing';
    END IF;
END
$$;

COMMIT;
