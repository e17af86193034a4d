-- Version: 001
-- Description: Delete the rows of sessions where state = 'expired'
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
    behind interval;
    source regclass := to_regclass(format('%I.sessions', current_schema()));
    moment timestamptz := clock_timestamp();
    copy text;
    kept text[];
    keys text[];
    list text;
    amount bigint;
BEGIN
    -- Fails here, ahead of all work, where a transaction is open around it.
    COMMIT;

    IF (to_regclass(format('%I.sessions', current_schema())) = to_regclass('sessions')) IS NOT TRUE THEN
        RAISE EXCEPTION 'table sessions is missing in schema %', current_schema();
    END IF;

    -- What a run kept that was stopped is added to.
    copy := '001_sessions_unfinished';
    SELECT array_agg(a.attname::text ORDER BY k.place) INTO keys
    FROM pg_index AS i
    CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (number, place)
    JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.number
    WHERE i.indrelid = source AND i.indisprimary;

    IF to_regclass('_migratekit_kept."001_sessions_unfinished"') IS NULL THEN
        -- What is not of PostgreSQL's own types is kept as text: nobody could drop the type otherwise.
        SELECT string_agg(format(CASE WHEN t.typnamespace = 'pg_catalog'::regnamespace AND a.attcollation = t.typcollation
                                      THEN '%1$I' ELSE '%1$I::text COLLATE "default" AS %1$I' END, a.attname), ', ' ORDER BY a.attnum) INTO list
        FROM pg_attribute AS a
        JOIN pg_type AS t ON t.oid = a.atttypid
        WHERE a.attrelid = source AND a.attnum > 0 AND NOT a.attisdropped;
        IF to_regnamespace('_migratekit_kept') IS NULL THEN
            CREATE SCHEMA _migratekit_kept;
        END IF;
        EXECUTE format('CREATE TABLE _migratekit_kept.%I AS SELECT %s FROM %s WITH NO DATA', copy, list, source);
        EXECUTE format('COMMENT ON TABLE _migratekit_kept.%I IS %L', copy, json_build_object(
            'schema', current_schema(), 'table', 'sessions', 'version', '001',
            'at', moment, 'columns', kept, 'keys', keys, 'rows', amount
        ));
    ELSIF obj_description('_migratekit_kept."001_sessions_unfinished"'::regclass)::json ->> 'schema' <> current_schema() THEN
        RAISE EXCEPTION '_migratekit_kept."001_sessions_unfinished" is of another schema' USING HINT = 'Let that run come to its end first.';
    END IF;
    COMMIT;

    SELECT count(*) INTO total FROM sessions WHERE state = 'expired';

    -- The first round goes through the table; the others take what somebody had locked, or has added, meanwhile.
    FOR round IN 1..60 LOOP
        SELECT id INTO reached
        FROM sessions
        WHERE state = 'expired'
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
                  AND (state = 'expired')
                ORDER BY id
                LIMIT 3
                FOR UPDATE SKIP LOCKED
            ), deleted_rows AS (
                DELETE FROM sessions
                WHERE id IN (SELECT id FROM picked_rows)
                RETURNING *
            ), kept_rows AS (
                INSERT INTO _migratekit_kept."001_sessions_unfinished" SELECT * FROM deleted_rows
            ), changed_rows AS (
                SELECT id, false AS is_left FROM deleted_rows
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
                    USING HINT = 'The condition must not hold for a row any more once it is changed: state = ''expired''';
            END IF;

            done := done + reached.rows_changed;
            RAISE NOTICE 'clean-up sessions: % of % rows', done, greatest(done, total);
            COMMIT;

            -- Standbys are given time to catch up. A superuser sees how they are, and a member of pg_monitor.
            FOR second IN 0..86400 LOOP
                SELECT max(replay_lag) INTO behind FROM pg_stat_replication WHERE replay_lsn < pg_current_wal_lsn();
                EXIT WHEN behind IS NULL OR behind <= '10s';
                IF second % 60 = 0 THEN
                    RAISE NOTICE 'clean-up sessions waits for a standby that is behind by %', behind;
                END IF;
                COMMIT;
                PERFORM pg_sleep(1);
            END LOOP;
        END LOOP;
        COMMIT;
    END LOOP;

    SELECT count(*) INTO remaining FROM sessions WHERE state = 'expired';

    IF remaining > 0 THEN
        RAISE EXCEPTION '% rows of table sessions in schema % are left', remaining, current_schema()
            USING HINT = 'Others hold them locked, or add more all the time. Run it again then: it goes on where it is.';
    END IF;

    SELECT count(*) INTO amount FROM _migratekit_kept."001_sessions_unfinished";
    copy := '001_sessions_' || to_char(moment AT TIME ZONE 'UTC', 'YYYYMMDD_HH24MISS_US');
    EXECUTE format('ALTER TABLE %s RENAME TO %I', '_migratekit_kept."001_sessions_unfinished"', copy);
    EXECUTE format('COMMENT ON TABLE _migratekit_kept.%I IS %L', copy, json_build_object(
        'schema', current_schema(), 'table', 'sessions', 'version', '001',
        'at', moment, 'columns', kept, 'keys', keys, 'rows', amount
    ));
END
$$;
