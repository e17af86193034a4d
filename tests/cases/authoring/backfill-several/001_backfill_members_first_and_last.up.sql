-- Version: 001
-- Description: Fill first, last of app.members
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: None
-- Phase: migrate
-- migratekit: resumable
--
-- Goes through the table in batches of 2 rows, each committed by itself: nobody waits for more than one of them.
-- It is alone in its file, without BEGIN; its validation is at its end. Once stopped, it is run again and takes the rows
-- that are left: `migratekit repair`, then `migratekit up` or `down`.

DO $body1$
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

    IF (to_regclass('app.members') = to_regclass('app.members')) IS NOT TRUE THEN
        RAISE EXCEPTION 'table members is missing in schema %', 'app';
    END IF;

    SELECT count(*) INTO total FROM app.members WHERE (first IS NULL OR last IS NULL) AND name LIKE '% %' OR name = '$$;';

    -- The first round goes through the table; the others take what somebody had locked, or has added, meanwhile.
    FOR round IN 1..60 LOOP
        SELECT team, "number in team" INTO reached
        FROM app.members
        WHERE (first IS NULL OR last IS NULL) AND name LIKE '% %' OR name = '$$;'
        ORDER BY team, "number in team"
        LIMIT 1;
        EXIT WHEN NOT FOUND;
        IF round > 1 THEN
            PERFORM pg_sleep(1);
        END IF;

        LOOP
            WITH picked_rows AS (
                SELECT team, "number in team"
                FROM app.members
                WHERE (team, "number in team") >= (this_job.reached.team, this_job.reached."number in team")
                  AND ((first IS NULL OR last IS NULL) AND name LIKE '% %' OR name = '$$;')
                ORDER BY team, "number in team"
                LIMIT 2
                FOR NO KEY UPDATE SKIP LOCKED
            ), changed_rows AS (
                UPDATE app.members
                SET "first" = split_part(name, ' ', 1), "last" = split_part(name, ' ', 2)
                WHERE (team, "number in team") IN (SELECT team, "number in team" FROM picked_rows)
                RETURNING team, "number in team", ((first IS NULL OR last IS NULL) AND name LIKE '% %' OR name = '$$;') AS is_left
            )
            SELECT team, "number in team",
                   count(*) OVER () AS rows_changed,
                   count(*) FILTER (WHERE is_left) OVER () AS rows_left
            INTO reached
            FROM changed_rows
            ORDER BY team DESC, "number in team" DESC
            LIMIT 1;
            EXIT WHEN NOT FOUND;

            IF reached.rows_left > 0 THEN
                RAISE EXCEPTION '% of % rows of table members are to be changed again after their change',
                    reached.rows_left, reached.rows_changed
                    USING HINT = 'The condition must not hold for a row any more once it is changed: (first IS NULL OR last IS NULL) AND name LIKE ''% %'' OR name = ''$$;''';
            END IF;

            done := done + reached.rows_changed;
            RAISE NOTICE 'backfill app.members: % of % rows', done, greatest(done, total);
            COMMIT;
            PERFORM pg_sleep_for('1ms');

            -- Standbys are given time to catch up. A superuser sees how they are, and a member of pg_monitor.
            FOR second IN 0..86400 LOOP
                SELECT max(replay_lag) INTO behind FROM pg_stat_replication WHERE replay_lsn < pg_current_wal_lsn();
                EXIT WHEN behind IS NULL OR behind <= '1m';
                IF second % 60 = 0 THEN
                    RAISE NOTICE 'backfill app.members waits for a standby that is behind by %', behind;
                END IF;
                COMMIT;
                PERFORM pg_sleep(1);
            END LOOP;
        END LOOP;
        COMMIT;
    END LOOP;

    SELECT count(*) INTO remaining FROM app.members WHERE (first IS NULL OR last IS NULL) AND name LIKE '% %' OR name = '$$;';

    IF remaining > 0 THEN
        RAISE EXCEPTION '% rows of table members in schema % are left', remaining, 'app'
            USING HINT = 'Others hold them locked, or add more all the time. Run it again then: it goes on where it is.';
    END IF;
END
$body1$;
