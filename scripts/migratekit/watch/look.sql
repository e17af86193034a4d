-- All that can be seen of the server process $1, as one JSON document; null if it is not there, or not ours.
WITH locks AS MATERIALIZED (
    SELECT pid, locktype, mode, granted, relation, database, waitstart,
           concat_ws('/', locktype, database, relation, page, tuple, virtualxid, transactionid, classid, objid, objsubid)
               AS object
      FROM pg_locks
), mine AS MATERIALIZED (
    SELECT * FROM locks WHERE pid = $1
), here AS (
    SELECT oid FROM pg_database WHERE datname = current_database()
), waiting AS MATERIALIZED (
    -- Each call of pg_blocking_pids stops the lock manager for a moment: only those who wait for what is ours; but
    -- not for the advisory lock that keeps migrations apart, for which others are to wait.
    SELECT pid, min(waitstart) AS since
      FROM locks
     WHERE NOT granted AND pid <> $1 AND locktype <> 'advisory' AND object IN (SELECT object FROM mine)
     GROUP BY pid ORDER BY since LIMIT 100
), others (role, pid, since) AS (
    SELECT 'waiting', pid, since FROM waiting WHERE $1 = ANY (pg_blocking_pids(pid))
    UNION ALL
    SELECT DISTINCT 'blocker', pid, NULL::timestamptz
      FROM unnest(pg_blocking_pids($1)) AS pid
     WHERE EXISTS (SELECT FROM mine WHERE NOT granted) AND pid <> pg_backend_pid()
), sessions AS (
    SELECT role, o.pid, coalesce(usename, '') AS user,
           coalesce(CASE WHEN backend_type <> 'client backend' THEN backend_type ELSE application_name END, '')
               AS application,
           coalesce(host(client_addr), '') AS client, coalesce(state, '') AS state, a.backend_start IS NOT NULL AS seen,
           extract(epoch FROM clock_timestamp() - CASE
               WHEN role = 'waiting' THEN since
               WHEN state = 'active' THEN query_start
               ELSE state_change
           END)::float8 AS seconds
      FROM others o LEFT JOIN pg_stat_activity a USING (pid)
), progress (command, fields) AS (
    SELECT command, to_jsonb(p) FROM pg_stat_progress_create_index p WHERE pid = $1
    UNION ALL
    SELECT command, to_jsonb(p) FROM pg_stat_progress_cluster p WHERE pid = $1
    UNION ALL
    SELECT 'VACUUM', to_jsonb(p) FROM pg_stat_progress_vacuum p WHERE pid = $1
    UNION ALL
    SELECT 'COPY', to_jsonb(p) FROM pg_stat_progress_copy p WHERE pid = $1
    UNION ALL
    SELECT 'ANALYZE', to_jsonb(p) FROM pg_stat_progress_analyze p WHERE pid = $1
)
SELECT json_build_object(
    'active', state = 'active',
    'query', query_start,
    'age', extract(epoch FROM clock_timestamp() - query_start)::float8,
    'wait', (
        SELECT json_build_object(
                   'since', coalesce(waitstart, query_start),
                   'seconds', extract(epoch FROM clock_timestamp() - coalesce(waitstart, clock_timestamp()))::float8,
                   'mode', mode,
                   'relation', relation::regclass::text
               )
          FROM mine WHERE NOT granted LIMIT 1
    ),
    'sessions', (SELECT coalesce(json_agg(s ORDER BY seconds DESC NULLS LAST), '[]') FROM sessions s),
    'held', (
        SELECT coalesce(json_agg(json_build_object('mode', mode, 'oid', c.oid, 'relation', c.oid::regclass::text)), '[]')
          FROM (SELECT DISTINCT mode, relation, mode = 'AccessExclusiveLock' AS strongest FROM mine
                 WHERE granted AND locktype = 'relation' AND relation >= 16384
                   AND database = (SELECT oid FROM here)
                 ORDER BY strongest DESC, relation LIMIT 200) AS l
          JOIN pg_class c ON c.oid = relation
         WHERE relkind IN ('r', 'p', 'm', 'f') AND relnamespace <> 'pg_toast'::regnamespace
    ),
    'progress', (
        SELECT json_build_object(
                   'command', command, 'fields', fields,
                   'relation', (SELECT oid::regclass::text FROM pg_class WHERE oid = (fields ->> 'relid')::oid)
               )
          FROM progress LIMIT 1
    )
)
  FROM pg_stat_activity
 WHERE pid = $1 AND datname = current_database() AND usename = session_user
