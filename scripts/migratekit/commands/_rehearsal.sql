-- The tables with files of their own: {oid: [file, name, bytes]}.
SELECT coalesce(json_object_agg(c.oid, json_build_array(c.relfilenode::bigint, concat_ws('.', n.nspname, c.relname),
                                                        pg_table_size(c.oid))), '{}')
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't'
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
