-- What the database holds half-finished, outside of the system's schemas, as one JSON list.
WITH schemas AS (
    SELECT oid, nspname FROM pg_catalog.pg_namespace
     WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
), found (rule, kind, name, of, remedy) AS (
    SELECT 'invalid-index', c.relkind::text, format('%I.%I', s.nspname, c.relname), i.indrelid::regclass::text, NULL
      FROM pg_catalog.pg_index i
      JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
      JOIN schemas s ON s.oid = c.relnamespace
     WHERE NOT i.indisvalid
           -- Whoever builds or rebuilds an index CONCURRENTLY holds this lock on its table until the end. Which
           -- index it is, the server shows to few; who builds and who locks, it shows to all.
       AND NOT EXISTS (
               SELECT FROM pg_catalog.pg_stat_progress_create_index p
                 JOIN pg_catalog.pg_locks l ON l.pid = p.pid
                WHERE p.datname = current_database() AND l.locktype = 'relation' AND l.relation = i.indrelid
                  AND l.granted AND l.mode = 'ShareUpdateExclusiveLock')
    UNION ALL
    -- A constraint that a partition or child has from its parent is validated there; one NOT ENFORCED (18) never is.
    SELECT 'unvalidated-constraint', con.contype::text, format('%I.%I.%I', s.nspname, coalesce(c.relname, t.typname), con.conname),
           '', format('ALTER %s %I.%I VALIDATE CONSTRAINT %I;', CASE WHEN c.oid IS NULL THEN 'DOMAIN' ELSE 'TABLE' END,
                      s.nspname, coalesce(c.relname, t.typname), con.conname)
      FROM pg_catalog.pg_constraint con
      JOIN schemas s ON s.oid = con.connamespace
      LEFT JOIN pg_catalog.pg_class c ON c.oid = con.conrelid
      LEFT JOIN pg_catalog.pg_type t ON t.oid = con.contypid
     WHERE NOT con.convalidated AND con.conparentid = 0 AND con.coninhcount = 0
       AND coalesce(pg_catalog.to_jsonb(con) ->> 'conenforced', 'true') = 'true'
)
SELECT coalesce(pg_catalog.json_agg(found ORDER BY rule, name), '[]') FROM found
