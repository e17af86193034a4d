-- The tables of the user's schemas with all that rows must satisfy, as one JSON array.
WITH wanted AS (
    SELECT c.oid, n.nspname, c.relname, c.relkind
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
       AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', '_migratekit_kept')
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
)
SELECT coalesce(json_agg(json_build_object(
    'schema', nspname, 'name', relname, 'oid', w.oid::bigint, 'here', nspname = current_schema(),
    'columns', (
        SELECT coalesce(json_agg(json_build_object(
                   'name', attname, 'type', atttypid::bigint, 'modifier', atttypmod, 'required', attnotnull,
                   'automatic', attgenerated <> '' OR attidentity <> '',
                   'default', coalesce(pg_get_expr(adbin, adrelid), '')) ORDER BY attnum), '[]')
          FROM pg_catalog.pg_attribute LEFT JOIN pg_catalog.pg_attrdef ON adrelid = attrelid AND adnum = attnum
         WHERE attrelid = w.oid AND attnum > 0 AND NOT attisdropped),
    'checks', (
        SELECT coalesce(json_agg(json_build_array(conname, pg_get_expr(conbin, conrelid)) ORDER BY conname), '[]')
          FROM pg_catalog.pg_constraint WHERE conrelid = w.oid AND contype = 'c'),
    'exclusions', (
        SELECT coalesce(json_agg(conname ORDER BY conname), '[]')
          FROM pg_catalog.pg_constraint WHERE conrelid = w.oid AND contype = 'x'),
    'uniques', (
        SELECT coalesce(json_agg(json_build_object(
                   'name', i.indexrelid::regclass::text, 'odd', indpred IS NOT NULL OR indexprs IS NOT NULL,
                   'distinct_nulls', coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false) IS FALSE,
                   'single', indnkeyatts = 1,
                   'needs', (SELECT json_agg(DISTINCT attname)
                               FROM pg_catalog.pg_depend JOIN pg_catalog.pg_attribute ON attrelid = w.oid AND attnum = refobjsubid
                              WHERE classid = 'pg_class'::regclass AND objid = i.indexrelid AND refobjid = w.oid
                                AND refclassid = 'pg_class'::regclass),
                   'columns', (SELECT json_agg(attname ORDER BY k.place)
                                 FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k (number, place)
                                 JOIN pg_catalog.pg_attribute ON attrelid = w.oid AND attnum = k.number
                                WHERE k.place <= i.indnkeyatts))
                   ORDER BY i.indexrelid::regclass::text), '[]')
          FROM pg_catalog.pg_index i WHERE indrelid = w.oid AND indisunique),
    'foreign_keys', (
        SELECT coalesce(json_agg(json_build_object(
                   'name', conname, 'to', confrelid::bigint, 'deferrable', condeferrable,
                   'columns', (SELECT json_agg(attname ORDER BY k.place)
                                 FROM unnest(conkey) WITH ORDINALITY AS k (number, place)
                                 JOIN pg_catalog.pg_attribute ON attrelid = conrelid AND attnum = k.number),
                   'keys', (SELECT json_agg(attname ORDER BY k.place)
                              FROM unnest(confkey) WITH ORDINALITY AS k (number, place)
                              JOIN pg_catalog.pg_attribute ON attrelid = confrelid AND attnum = k.number))
                   ORDER BY conname), '[]')
          FROM pg_catalog.pg_constraint WHERE conrelid = w.oid AND contype = 'f'),
    'partitioned', relkind = 'p',
    'bounds', (
        SELECT coalesce(json_agg(pg_get_partition_constraintdef(relid) ORDER BY relid::text), '[]')
          FROM pg_catalog.pg_partition_tree(CASE WHEN relkind = 'p' THEN w.oid END) WHERE isleaf AND relid <> w.oid)
) ORDER BY nspname, relname), '[]')
  FROM wanted w
