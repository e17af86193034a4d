-- Version: 001
-- Description: Delete the rows of sessions where state = 'expired' OR seen < '2020-01-01'
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: None
-- Phase: contract
-- migratekit: resumable
--
-- Goes through the table in batches of 3 rows, each committed by itself: nobody waits for more than one of them.
-- It is alone in its file, without BEGIN; its validation is at its end. Once stopped, it is run again and takes the rows
-- that are left: `migratekit repair`, then `migratekit up` or `down`.

DO $$
#variable_conflict use_column
<<this_job>>
DECLARE
    total bigint;
    done bigint := 0;
    reached record;
    remaining bigint;
BEGIN
    -- Fails here, ahead of all work, where a transaction is open around it.
    COMMIT;

    IF (to_regclass(format('%I.sessions', current_schema())) = to_regclass('sessions')) IS NOT TRUE THEN
        RAISE EXCEPTION 'table sessions is missing in schema %', current_schema();
    END IF;

    SELECT count(*) INTO total FROM sessions WHERE state = 'expired' OR seen < '2020-01-01';

    -- The first round goes through the table; the others take what somebody had locked, or has added, meanwhile.
    FOR round IN 1..60 LOOP
        SELECT id INTO reached
        FROM sessions
        WHERE state = 'expired' OR seen < '2020-01-01'
        ORDER BY id
        LIMIT 1;
        EXIT WHEN NOT FOUND;
        IF round > 1 THEN
            PERFORM pg_sleep(1);
        END IF;

        LOOP
            WITH picked_rows AS (
                SELECT id
                FROM sessions
                WHERE id >= this_job.reached.id
                  AND (state = 'expired' OR seen < '2020-01-01')
                ORDER BY id
                LIMIT 3
                FOR UPDATE SKIP LOCKED
            ), changed_rows AS (
                DELETE FROM sessions
                WHERE id IN (SELECT id FROM picked_rows)
                RETURNING id, false AS is_left
            )
            SELECT id,
                   count(*) OVER () AS rows_changed,
                   count(*) FILTER (WHERE is_left) OVER () AS rows_left
            INTO reached
            FROM changed_rows
            ORDER BY id DESC
            LIMIT 1;
            EXIT WHEN NOT FOUND;

            IF reached.rows_left > 0 THEN
                RAISE EXCEPTION '% of % rows of table sessions are to be changed again after their change',
                    reached.rows_left, reached.rows_changed
                    USING HINT = 'The condition must not hold for a row any more once it is changed: state = ''expired'' OR seen < ''2020-01-01''';
            END IF;

            done := done + reached.rows_changed;
            RAISE NOTICE 'clean-up sessions: % of % rows', done, greatest(done, total);
            COMMIT;
        END LOOP;
        COMMIT;
    END LOOP;

    SELECT count(*) INTO remaining FROM sessions WHERE state = 'expired' OR seen < '2020-01-01';

    IF remaining > 0 THEN
        RAISE EXCEPTION '% rows of table sessions in schema % are left', remaining, current_schema()
            USING HINT = 'Others hold them locked, or add more all the time. Run it again then: it goes on where it is.';
    END IF;
END
$$;
