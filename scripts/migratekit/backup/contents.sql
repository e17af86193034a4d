-- What a dump of the current database holds: tables with rows of their own, sequences, and whom they belong to.
WITH mine AS (
    SELECT c.oid, c.relkind, c.reltuples, n.nspname, c.relname, c.relpersistence
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'S', 'm')
       AND c.relpersistence <> 't'
       AND n.nspname !~ '^pg_'
       AND n.nspname <> 'information_schema'
       AND NOT EXISTS (
           SELECT FROM pg_catalog.pg_depend d
            WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
)
SELECT json_build_object(
    'tables', (SELECT coalesce(json_agg(json_build_object(
                          'schema', nspname, 'name', relname, 'rows', reltuples::bigint) ORDER BY nspname, relname), '[]')
                 FROM mine WHERE relkind = 'r'),
    'sequences', (SELECT coalesce(json_agg(json_build_array(nspname, relname) ORDER BY nspname, relname), '[]')
                    FROM mine WHERE relkind = 'S'),
    -- Asking tables for their sizes would wait for whoever has locked them.
    'size', (SELECT greatest(pg_catalog.pg_database_size(current_database())
                             - coalesce(sum(relpages), 0) * current_setting('block_size')::bigint, 0)::bigint
               FROM pg_catalog.pg_class WHERE relkind = 'i'),
    'extensions', (SELECT coalesce(json_agg(extname ORDER BY extname), '[]') FROM pg_catalog.pg_extension),
    'roles', (SELECT coalesce(json_agg(DISTINCT r.rolname), '[]')
                FROM pg_catalog.pg_shdepend d
                JOIN pg_catalog.pg_roles r ON r.oid = d.refobjid
               WHERE d.refclassid = 'pg_catalog.pg_authid'::regclass
                 AND d.dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()))
)
