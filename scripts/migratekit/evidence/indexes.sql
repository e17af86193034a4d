-- The INVALID indexes outside of the system's schemas, as one JSON list.
WITH building AS (
    -- Whoever builds, rebuilds or drops an index CONCURRENTLY holds this lock on its table until the end. What the
    -- server hides from a role without rights is NULL.
    SELECT l.relation
      FROM pg_catalog.pg_locks l
      JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
     WHERE l.locktype = 'relation' AND l.mode = 'ShareUpdateExclusiveLock' AND l.granted
       AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
       AND l.pid <> pg_backend_pid()
       AND coalesce(a.state, 'active') = 'active' AND a.backend_type IS DISTINCT FROM 'autovacuum worker'
)
SELECT json_agg(json_build_array(
           s.nspname, c.relname, t.relname, i.indrelid IN (SELECT relation FROM building),
           EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
       ) ORDER BY s.nspname, c.relname)
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
  JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
  JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
 -- That of a partitioned table is invalid until each partition has its own.
 WHERE NOT (i.indisvalid AND i.indisready) AND c.relkind = 'i'
   AND s.nspname !~ '^pg_' AND s.nspname <> 'information_schema'
