-- Where the server keeps what, and how large each of the tables in $1 is there:
-- {"local": may be this machine, "pid", "directory", "database": bytes, "wal": bytes,
--  "tables": [[oid, place, bytes of indexes, {column: width}]]}.
-- The data directory is null where the role may not see it; `place` is empty for what lies in it.
SELECT json_build_object(
    'local', coalesce(inet_server_addr() << '127.0.0.0/8' OR inet_server_addr() = '::1', true),
    'pid', pg_backend_pid(),
    'directory', (SELECT setting FROM pg_catalog.pg_settings WHERE name = 'data_directory'),
    'database', CASE WHEN has_database_privilege(current_database(), 'CONNECT')
                     THEN pg_database_size(current_database()) END,
    'wal', (SELECT setting::bigint << 20 FROM pg_catalog.pg_settings WHERE name = 'max_wal_size'),
    'tables', (
        SELECT coalesce(json_agg(json_build_array(
                   c.oid::bigint, pg_tablespace_location(coalesce(nullif(c.reltablespace, 0), d.dattablespace)),
                   (SELECT coalesce(sum(x.relpages::bigint), 0) * current_setting('block_size')::bigint
                      FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
                     WHERE i.indrelid = c.oid),
                   (SELECT coalesce(json_object_agg(a.attname, (
                               SELECT max(s.avg_width) FROM pg_catalog.pg_stats s
                                WHERE s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname)), '{}')
                      FROM pg_catalog.pg_attribute a
                     WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped))), '[]')
          FROM pg_catalog.pg_class c
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          JOIN pg_catalog.pg_database d ON d.datname = current_database()
         WHERE c.oid = ANY ($1::oid[])))
