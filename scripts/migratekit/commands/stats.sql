-- The server's figures of this database, as one JSON object.
SELECT json_build_object(
    'database', datname,
    'since', stats_reset,
    'checked', clock_timestamp(),
    'connections', json_build_object(
        'open', numbackends,
        'created', sessions,
        'closed', greatest(sessions - numbackends, 0),
        'failed', sessions_abandoned + sessions_fatal + sessions_killed),
    'queries', json_build_object(
        'transactions', xact_commit + xact_rollback, 'committed', xact_commit, 'rolled_back', xact_rollback,
        'rows_read', tup_fetched, 'rows_inserted', tup_inserted, 'rows_updated', tup_updated, 'rows_deleted', tup_deleted,
        'deadlocks', deadlocks),
    'tables', (
        SELECT coalesce(json_agg(json_build_object(
                   'schema', nspname, 'table', relname, 'rows', rows, 'bytes', bytes) ORDER BY bytes DESC, nspname, relname), '[]')
          FROM (SELECT n.nspname, c.relname,
                       sum(CASE WHEN l.reltuples < 0 THEN coalesce(s.n_live_tup, 0) ELSE greatest(l.reltuples, s.n_live_tup) END)::bigint AS rows,
                       sum(pg_total_relation_size(l.oid))::bigint AS bytes
                  FROM pg_catalog.pg_class c
                  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                 CROSS JOIN LATERAL (
                       SELECT c.oid WHERE c.relkind = 'r'
                       UNION ALL
                       SELECT relid FROM pg_catalog.pg_partition_tree(CASE WHEN c.relkind = 'p' THEN c.oid END) WHERE isleaf
                 ) AS part (oid)
                  JOIN pg_catalog.pg_class l ON l.oid = part.oid
                  LEFT JOIN pg_catalog.pg_stat_all_tables s ON s.relid = l.oid
                 WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND nspname !~ '^pg_'
                   AND nspname NOT IN ('information_schema', '_migratekit_kept')
                 GROUP BY n.nspname, c.relname) AS t)
)
  FROM pg_catalog.pg_stat_database WHERE datname = current_database()
