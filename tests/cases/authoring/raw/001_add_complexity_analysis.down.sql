-- Version: 001
-- Description: Undo: Add complexity analysis
-- Rollback for: 001_add_complexity_analysis

BEGIN;

-- Write the way back here.

-- Write here what raises if something of the change is still in the catalogs, then take this RAISE away.
DO $$
BEGIN
    RAISE EXCEPTION '001_add_complexity_analysis.down.sql has no validation yet'
        USING HINT = 'Write the way back into the file, and a test that nothing is left.';
END
$$;

COMMIT;
