-- Behind the scope: tables and views with columns, keys and indexes; types; functions. For people to read.
, shown AS MATERIALIZED (
    SELECT r.*, s.nspname FROM relation r JOIN schema s ON s.oid = r.relnamespace
     WHERE relkind IN ('r', 'p', 'f', 'v', 'm') AND NOT relispartition
)
-- Each list is looked up by an index, table by table: how many there are the planner does not know.
SELECT json_build_object(
    'relations', (SELECT coalesce(json_agg(json_build_object(
        'schema', t.nspname, 'name', t.relname, 'kind', t.relkind, 'comment', obj_description(t.oid, 'pg_class'),
        'partitioned', CASE t.relkind WHEN 'p' THEN pg_get_partkeydef(t.oid) END,
        'partitions', (SELECT count(*) FROM pg_inherits WHERE inhparent = t.oid AND t.relkind = 'p'),
        'columns', (
            SELECT coalesce(json_agg(json_build_object(
                       'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'required', a.attnotnull,
                       'default', CASE WHEN a.attidentity <> '' THEN 'identity'
                                       WHEN a.attgenerated <> '' THEN 'generated: ' || pg_get_expr(d.adbin, d.adrelid)
                                       ELSE pg_get_expr(d.adbin, d.adrelid) END,
                       'comment', col_description(a.attrelid, a.attnum)) ORDER BY a.attnum), '[]')
              FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
             WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped),
        'keys', (
            SELECT coalesce(json_agg(json_build_object(
                       'name', k.conname, 'kind', k.contype, 'definition', pg_get_constraintdef(k.oid),
                       'columns', (SELECT coalesce(json_agg(a.attname ORDER BY n), '[]')
                                     FROM unnest(k.conkey) WITH ORDINALITY AS u (attnum, n)
                                     JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.attnum),
                       'target', (SELECT json_build_array(s.nspname, f.relname)
                                    FROM pg_class f JOIN pg_namespace s ON s.oid = f.relnamespace
                                   WHERE f.oid = nullif(k.confrelid, 0)))
                   ORDER BY k.contype <> 'p', k.contype <> 'u', k.contype, k.conname), '[]')
              FROM pg_constraint k
             WHERE k.conrelid = t.oid AND k.contype IN ('p', 'u', 'f', 'c', 'x')),
        'indexes', (
            -- Those of keys are told with the keys.
            SELECT coalesce(json_agg(json_build_object('name', x.relname, 'definition', pg_get_indexdef(x.oid))
                                     ORDER BY x.relname), '[]')
              FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
             WHERE i.indrelid = t.oid
               AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = t.oid AND k.conindid = x.oid
                                                              AND k.contype IN ('p', 'u', 'x'))))
        ORDER BY t.nspname COLLATE "C", t.relname COLLATE "C"), '[]') FROM shown t),
    'types', (
        SELECT coalesce(json_agg(json_build_object(
                   'schema', s.nspname, 'name', t.typname, 'comment', obj_description(t.oid, 'pg_type'),
                   'definition', CASE typtype
                       WHEN 'e' THEN (SELECT string_agg(enumlabel, ', ' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid)
                       ELSE concat_ws(' ', format_type(typbasetype, typtypmod), CASE WHEN typnotnull THEN 'not null' END,
                                (SELECT string_agg(pg_get_constraintdef(k.oid), ' ' ORDER BY k.conname)
                                   FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c')) END,
                   'kind', typtype) ORDER BY s.nspname COLLATE "C", t.typname COLLATE "C"), '[]')
          FROM pg_type t JOIN schema s ON s.oid = t.typnamespace
         WHERE typtype IN ('e', 'd') AND NOT EXISTS (SELECT FROM extended WHERE classid = 'pg_type'::regclass AND objid = t.oid)),
    'routines', (
        SELECT coalesce(json_agg(json_build_object(
                   'schema', s.nspname, 'name', p.proname, 'kind', prokind, 'arguments', pg_get_function_arguments(p.oid),
                   'returns', pg_get_function_result(p.oid), 'language', l.lanname,
                   'comment', obj_description(p.oid, 'pg_proc'))
               ORDER BY s.nspname COLLATE "C", p.proname COLLATE "C", pg_get_function_identity_arguments(p.oid) COLLATE "C"), '[]')
          FROM pg_proc p JOIN schema s ON s.oid = pronamespace JOIN pg_language l ON l.oid = prolang
         WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid
                                                     AND d.deptype IN ('e', 'i'))))
