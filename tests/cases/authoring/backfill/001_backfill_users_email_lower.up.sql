-- Version: 001
-- Description: Fill email_lower of users
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: None
-- Phase: migrate
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
    behind interval;
BEGIN
    -- Fails here, ahead of all work, where a transaction is open around it.
    COMMIT;

    IF (to_regclass(format('%I.users', current_schema())) = to_regclass('users')) IS NOT TRUE THEN
        RAISE EXCEPTION 'table users is missing in schema %', current_schema();
    END IF;

    SELECT count(*) INTO total FROM users WHERE email_lower IS NULL AND (lower(email)) IS NOT NULL;

    -- The first round goes through the table; the others take what somebody had locked, or has added, meanwhile.
    FOR round IN 1..60 LOOP
        SELECT id INTO reached
        FROM users
        WHERE email_lower IS NULL AND (lower(email)) IS NOT NULL
        ORDER BY id
        LIMIT 1;
        EXIT WHEN NOT FOUND;
        IF round > 1 THEN
            PERFORM pg_sleep(1);
        END IF;

        LOOP
            WITH picked_rows AS (
                SELECT id
                FROM users
                WHERE id >= this_job.reached.id
                  AND (email_lower IS NULL AND (lower(email)) IS NOT NULL)
                ORDER BY id
                LIMIT 3
                FOR NO KEY UPDATE SKIP LOCKED
            ), changed_rows AS (
                UPDATE users
                SET email_lower = lower(email)
                WHERE id IN (SELECT id FROM picked_rows)
                RETURNING id, (email_lower IS NULL AND (lower(email)) IS NOT NULL) AS is_left
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
                RAISE EXCEPTION '% of % rows of table users are to be changed again after their change',
                    reached.rows_left, reached.rows_changed
                    USING HINT = 'The condition must not hold for a row any more once it is changed: email_lower IS NULL AND (lower(email)) IS NOT NULL';
            END IF;

            done := done + reached.rows_changed;
            RAISE NOTICE 'backfill users: % of % rows', done, greatest(done, total);
            COMMIT;

            -- Standbys are given time to catch up. A superuser sees how they are, and a member of pg_monitor.
            FOR second IN 0..86400 LOOP
                SELECT max(replay_lag) INTO behind FROM pg_stat_replication WHERE replay_lsn < pg_current_wal_lsn();
                EXIT WHEN behind IS NULL OR behind <= '10s';
                IF second % 60 = 0 THEN
                    RAISE NOTICE 'backfill users waits for a standby that is behind by %', behind;
                END IF;
                COMMIT;
                PERFORM pg_sleep(1);
            END LOOP;
        END LOOP;
        COMMIT;
    END LOOP;

    SELECT count(*) INTO remaining FROM users WHERE email_lower IS NULL AND (lower(email)) IS NOT NULL;

    IF remaining > 0 THEN
        RAISE EXCEPTION '% rows of table users in schema % are left', remaining, current_schema()
            USING HINT = 'Others hold them locked, or add more all the time. Run it again then: it goes on where it is.';
    END IF;
END
$$;
