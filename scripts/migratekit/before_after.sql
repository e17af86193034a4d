-- Tables as they are now: those of $1 (oid, schema and name, found by the name where that oid is gone), and those that
-- are not in $2, the oids known before (null: leave them out).
WITH schema AS (
    SELECT oid, nspname FROM pg_catalog.pg_namespace
     WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', '_migratekit_kept')
), wanted AS (
    SELECT (w ->> 0)::oid AS oid, w ->> 1 AS schema, w ->> 2 AS name FROM pg_catalog.jsonb_array_elements($1) w
), here AS (
    SELECT w.oid AS asked, c.oid
      FROM wanted w
      LEFT JOIN pg_catalog.pg_class same ON same.oid = w.oid
      JOIN pg_catalog.pg_class c
        ON c.oid = coalesce(same.oid, (SELECT n.oid FROM pg_catalog.pg_class n JOIN schema s ON s.oid = n.relnamespace
                                        WHERE s.nspname = w.schema AND n.relname = w.name))
    UNION ALL
    (SELECT c.oid, c.oid
       FROM pg_catalog.pg_class c JOIN schema s ON s.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'm') AND $2 IS NOT NULL AND NOT $2 @> pg_catalog.to_jsonb(c.oid::bigint)
        AND NOT EXISTS (SELECT FROM wanted w WHERE (w.schema, w.name) = (s.nspname, c.relname))
      ORDER BY c.oid LIMIT 100)
)
SELECT pg_catalog.json_build_object(
    'known', (SELECT pg_catalog.json_agg(c.oid::bigint) FROM pg_catalog.pg_class c JOIN schema s ON s.oid = c.relnamespace
               WHERE c.relkind IN ('r', 'm')),
    'tables', (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
        'asked', asked::bigint, 'schema', s.nspname, 'name', c.relname, 'kind', c.relkind,
        'estimate', CASE WHEN c.reltuples >= 0 THEN c.reltuples::bigint END,
        'size', pg_catalog.pg_total_relation_size(c.oid), 'heap', pg_catalog.pg_relation_size(c.oid),
        'file', c.relfilenode::bigint, 'modified', pg_catalog.pg_stat_get_mod_since_analyze(c.oid),
        'computed', (SELECT coalesce(pg_catalog.json_agg(x.oid), '[]') FROM (
            SELECT i.indexrelid::bigint FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid AND i.indexprs IS NOT NULL
            UNION ALL
            SELECT e.oid::bigint FROM pg_catalog.pg_statistic_ext e WHERE e.stxrelid = c.oid) AS x (oid))))
      FROM here JOIN pg_catalog.pg_class c USING (oid) JOIN schema s ON s.oid = c.relnamespace))
