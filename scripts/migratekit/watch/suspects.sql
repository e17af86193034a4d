-- Who has been in a transaction, with locks on tables of this database, for longer than $2 seconds; beside process $1.
SELECT coalesce(json_agg(s ORDER BY s.transaction DESC), '[]')
  FROM (
    SELECT pid, coalesce(usename, '') AS user, coalesce(application_name, '') AS application,
           coalesce(host(client_addr), '') AS client, 'perhaps: ' || state AS state, true AS seen, 'blocker' AS role,
           extract(epoch FROM clock_timestamp() - xact_start)::float8 AS transaction,
           extract(epoch FROM clock_timestamp() - CASE WHEN state = 'active' THEN query_start ELSE state_change END)::float8
               AS seconds
      FROM pg_stat_activity a
     WHERE pid NOT IN ($1, pg_backend_pid()) AND datname = current_database() AND backend_type = 'client backend'
       AND xact_start < clock_timestamp() - make_interval(secs => $2)
       AND EXISTS (SELECT FROM pg_locks l
                    WHERE l.pid = a.pid AND granted AND locktype = 'relation' AND relation >= 16384)
     ORDER BY xact_start LIMIT 3
  ) AS s
