-- What the server says of itself and of those who are connected, as one JSON object.
WITH session AS (
    SELECT datname, state FROM pg_catalog.pg_stat_activity
     WHERE datid IS NOT NULL AND coalesce(backend_type, 'client backend') = 'client backend'
)
SELECT json_build_object(
    'server_version', current_setting('server_version'),
    'database', current_database(),
    'user', current_user,
    'replica', pg_is_in_recovery(),
    'read_only', current_setting('transaction_read_only') = 'on',
    'connections', json_build_object(
        'used', (SELECT count(*) FROM session),
        'of_this_database', (SELECT count(*) FROM session WHERE datname = current_database()),
        'active', (SELECT count(*) FROM session WHERE datname = current_database() AND state = 'active'),
        'max', current_setting('max_connections')::int),
    'counts', (
        SELECT json_build_object('tables', count(*) FILTER (WHERE relkind IN ('r', 'p') AND NOT relispartition),
                                 'views', count(*) FILTER (WHERE relkind IN ('v', 'm')),
                                 'indexes', count(*) FILTER (WHERE relkind IN ('i', 'I')))
          FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace
         WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', '_migratekit_kept')),
    'bytes', CASE WHEN has_database_privilege(current_database(), 'CONNECT') THEN pg_database_size(current_database()) END
)
