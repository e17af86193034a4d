-- What down files kept of tables and columns that they dropped, the oldest first, as one JSON list.
SELECT coalesce(json_agg(json_build_object(
           'name', c.relname,
           'bytes', pg_total_relation_size(c.oid),
           'of', obj_description(c.oid, 'pg_class')
       ) ORDER BY c.oid), '[]')
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = '_migratekit_kept' AND c.relkind = 'r'
