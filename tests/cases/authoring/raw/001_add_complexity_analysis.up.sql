-- Version: 001
-- Description: Add complexity analysis
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: None

BEGIN;

-- Write the change here.

-- Write here what raises unless the change is in the catalogs (docs/authoring.md shows how), then take this RAISE away.
DO $$
BEGIN
    RAISE EXCEPTION '001_add_complexity_analysis.up.sql has no validation yet'
        USING HINT = 'Write the change into the file, and a test that it is there.';
END
$$;

COMMIT;
