-- The tables behind the wanted names: {"uses": [[n, oid, lock or null, rewrites, scans]], "tables": [[oid, …]]}.
-- To compile it takes longer than to run it. The setting ends with this query.
SELECT set_config('jit', 'off', true);
WITH RECURSIVE wanted AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS w (
        n int, path text[], relation name, via text, descends boolean, ask text, columns text[], conname name,
        functions text[], name name, schema text, modifier int, is_array boolean, is_cast boolean
    )
), place AS MATERIALIZED (
    -- Where to look, the first turn first.
    SELECT w.n, s.oid AS schema, p.turn
      FROM wanted w
     CROSS JOIN unnest(coalesce(w.path, current_schemas(false)::text[])) WITH ORDINALITY AS p (name, turn)
      JOIN pg_catalog.pg_namespace s ON s.nspname = (CASE p.name WHEN '$user' THEN current_user ELSE p.name END)::name
), anchor AS MATERIALIZED (
    SELECT DISTINCT ON (w.n) w.n, w.via, w.ask, w.columns, w.conname, c.oid, c.relkind
      FROM wanted w
      JOIN place p USING (n)
      JOIN pg_catalog.pg_class c ON c.relnamespace = p.schema AND c.relname = w.relation
     WHERE w.via NOT IN ('statistics', 'domain')
     ORDER BY w.n, p.turn
), key AS NOT MATERIALIZED (
    SELECT f.*, ARRAY(SELECT attname::text FROM pg_catalog.pg_attribute
                       WHERE attrelid = f.conrelid AND attnum = ANY (f.conkey)) AS own,
           ARRAY(SELECT attname::text FROM pg_catalog.pg_attribute
                  WHERE attrelid = f.confrelid AND attnum = ANY (f.confkey)) AS foreign
      FROM pg_catalog.pg_constraint f
     WHERE f.contype = 'f'
), referenced AS (
    SELECT a.n, f.confrelid AS oid
      FROM anchor a JOIN key f ON f.conrelid = a.oid
     WHERE a.via = 'referenced' AND (f.conparentid = 0 OR a.ask = 'rows')
       AND (a.columns IS NULL OR f.own && a.columns) AND (a.conname = '' OR f.conname = a.conname)
       AND (a.ask <> 'validate' OR NOT f.convalidated)
), referencing (n, ask, oid, action) AS (
    SELECT a.n, a.ask, f.conrelid, CASE a.ask WHEN 'delete' THEN f.confdeltype WHEN 'update' THEN f.confupdtype END
      FROM anchor a JOIN key f ON f.confrelid = a.oid
     WHERE a.via = 'referencing' AND (a.columns IS NULL OR f.foreign && a.columns)
       AND (a.conname = '' OR f.conindid = (SELECT k.conindid FROM pg_catalog.pg_constraint k
                                             WHERE k.conrelid = a.oid AND k.conname = a.conname AND k.contype <> 'f'))
    UNION
    -- CASCADE goes on from table to table.
    SELECT r.n, r.ask, f.conrelid, CASE r.ask WHEN 'delete' THEN f.confdeltype END
      FROM referencing r JOIN pg_catalog.pg_constraint f ON f.confrelid = r.oid AND f.contype = 'f'
     WHERE r.ask = 'truncate' OR (r.ask = 'delete' AND r.action = 'c')
), source (n, oid, relkind) AS (
    SELECT n, oid, relkind FROM anchor WHERE via = 'sources' AND relkind IN ('v', 'm')
    UNION
    SELECT s.n, c.oid, CASE c.relkind WHEN 'm' THEN 'r' ELSE c.relkind END
      FROM source s
      JOIN pg_catalog.pg_rewrite r ON r.ev_class = s.oid AND r.rulename = '_RETURN'
      JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid
       AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid <> s.oid
      JOIN pg_catalog.pg_class c ON c.oid = d.refobjid
     WHERE s.relkind IN ('v', 'm')
), dependent (n, oid, columns) AS (
    SELECT n, oid, columns FROM anchor WHERE via = 'dependents'
    UNION
    SELECT s.n, r.ev_class, NULL
      FROM dependent s
      JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = s.oid
       AND d.classid = 'pg_catalog.pg_rewrite'::regclass
      LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
      JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid AND r.ev_class <> s.oid
     WHERE s.columns IS NULL OR a.attname = ANY (s.columns)
), domain AS (
    SELECT DISTINCT ON (w.n) w.n, t.oid
      FROM wanted w JOIN place p USING (n)
      JOIN pg_catalog.pg_type t ON t.typnamespace = p.schema AND t.typname = w.relation
     WHERE w.via = 'domain' ORDER BY w.n, p.turn
), reached (n, oid, lock) AS (
    SELECT n, oid, NULL FROM anchor WHERE via = 'self'
    UNION SELECT a.n, i.indrelid, NULL
      FROM anchor a JOIN pg_catalog.pg_index i ON i.indexrelid = a.oid WHERE a.via = 'index'
    UNION SELECT a.n, i.inhparent, NULL
      FROM anchor a JOIN pg_catalog.pg_inherits i ON i.inhrelid = a.oid
      JOIN pg_catalog.pg_class c ON c.oid = i.inhparent AND c.relkind = 'p' WHERE a.via = 'parent'
    UNION SELECT a.n, p.partdefid, NULL
      FROM anchor a JOIN pg_catalog.pg_partitioned_table p ON p.partrelid = a.oid WHERE a.via = 'default'
    UNION SELECT a.n, p.partdefid, NULL
      FROM anchor a JOIN pg_catalog.pg_inherits i ON i.inhrelid = a.oid
      JOIN pg_catalog.pg_partitioned_table p ON p.partrelid = i.inhparent WHERE a.via = 'sibling'
    UNION SELECT n, oid, NULL FROM referenced
    UNION SELECT n, oid, CASE WHEN ask IN ('delete', 'update') AND action NOT IN ('a', 'r') THEN 'RowExclusiveLock' END
      FROM referencing
    UNION SELECT n, oid, NULL FROM source WHERE (n, oid) NOT IN (SELECT n, oid FROM anchor)
    UNION SELECT n, oid, NULL FROM dependent WHERE (n, oid) NOT IN (SELECT n, oid FROM anchor)
    UNION SELECT w.n, s.stxrelid, NULL
      FROM wanted w JOIN place p USING (n)
      JOIN pg_catalog.pg_statistic_ext s ON s.stxnamespace = p.schema AND s.stxname = w.relation
     WHERE w.via = 'statistics'
    UNION SELECT d.n, a.attrelid, NULL
      FROM domain d JOIN pg_catalog.pg_attribute a ON a.atttypid = d.oid AND a.attnum > 0 AND NOT a.attisdropped
), family (n, oid, lock) AS (
    SELECT n, oid, lock FROM reached
    UNION
    SELECT f.n, i.inhrelid, f.lock
      FROM family f JOIN wanted w USING (n)
      JOIN pg_catalog.pg_inherits i ON i.inhparent = f.oid
     WHERE w.descends
), type AS MATERIALIZED (
    -- The type that is asked about, for arrays that of the elements, and what a domain stands for.
    SELECT DISTINCT ON (w.n) w.n, t.oid, t.typtype = 'd' AS is_domain,
           CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE CASE WHEN w.is_array THEN t.typarray ELSE t.oid END END AS base,
           CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE w.modifier END AS modifier,
           t.typtype = 'd' AND (t.typnotnull OR EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.contypid = t.oid)
                                OR EXISTS (SELECT FROM pg_catalog.pg_type b WHERE b.oid = t.typbasetype AND b.typtype = 'd')
           ) AS is_checked
      FROM wanted w
      JOIN pg_catalog.pg_type t ON t.typname = w.name
      JOIN pg_catalog.pg_namespace s ON s.oid = t.typnamespace
      LEFT JOIN place p ON p.n = w.n AND p.schema = s.oid
     WHERE w.ask IN ('add', 'type')
       AND CASE WHEN w.schema IS NULL THEN s.nspname = 'pg_catalog' OR p.n IS NOT NULL ELSE s.nspname = w.schema END
     ORDER BY w.n, s.nspname <> 'pg_catalog', p.turn
), retyped AS (
    SELECT f.n, f.oid,
           CASE WHEN NOT w.is_cast THEN true
                WHEN t.oid IS NULL OR t.modifier IS NULL THEN NULL
                WHEN t.is_checked AND a.atttypid <> t.oid THEN true
                WHEN t.base <> o.base
                 AND t.base IN ('timestamp'::regtype, 'timestamptz'::regtype)
                 AND o.base IN ('timestamp'::regtype, 'timestamptz'::regtype)
                     THEN NOT (t.modifier IN (-1, 6) AND current_setting('TimeZone') IN (
                                   'UTC', 'Etc/UTC', 'GMT', 'Etc/GMT', 'UCT', 'Etc/UCT', 'Zulu', 'Etc/Zulu', 'Universal'))
                WHEN t.base <> o.base
                     THEN NOT (t.modifier = -1
                               AND EXISTS (SELECT FROM pg_catalog.pg_cast c WHERE c.castsource = o.base
                                                  AND c.casttarget = t.base AND c.castmethod = 'b'))
                WHEN t.modifier IN (-1, o.modifier) THEN false
                WHEN t.base IN ('varchar'::regtype, 'varbit'::regtype)
                     THEN NOT (o.modifier > 0 AND t.modifier >= o.modifier)
                WHEN t.base = 'numeric'::regtype
                     THEN NOT (o.modifier >= 4 AND ((o.modifier - 4) & 2047) = ((t.modifier - 4) & 2047)
                               AND (t.modifier - 4) >> 16 >= (o.modifier - 4) >> 16)
                WHEN t.base IN ('time'::regtype, 'timetz'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype)
                     THEN NOT (t.modifier >= 6 OR (o.modifier >= 0 AND t.modifier >= o.modifier))
                ELSE true END AS rewrites,
           EXISTS (SELECT FROM pg_catalog.pg_constraint k
                    WHERE k.conrelid = f.oid AND k.contype = 'c' AND k.convalidated AND a.attnum = ANY (k.conkey)) AS scans
      FROM family f
      JOIN wanted w ON w.n = f.n AND w.ask = 'type'
      JOIN pg_catalog.pg_attribute a ON a.attrelid = f.oid AND a.attname = w.columns[1] AND NOT a.attisdropped
      LEFT JOIN type t ON t.n = f.n
     CROSS JOIN LATERAL (
           SELECT CASE b.typtype WHEN 'd' THEN b.typbasetype ELSE b.oid END AS base,
                  CASE b.typtype WHEN 'd' THEN b.typtypmod ELSE a.atttypmod END AS modifier
             FROM pg_catalog.pg_type b WHERE b.oid = a.atttypid
     ) AS o
), busy AS MATERIALIZED (
    -- What others hold, or wait for, in a way that would make this query wait too.
    SELECT DISTINCT relation AS oid FROM pg_catalog.pg_locks
     WHERE locktype = 'relation' AND mode = 'AccessExclusiveLock' AND pid <> pg_backend_pid()
       AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
), answer AS (
    SELECT f.n, f.oid, f.lock,
           CASE w.ask
               WHEN 'type' THEN (SELECT rewrites FROM retyped r WHERE r.n = f.n AND r.oid = f.oid)
               WHEN 'add' THEN CASE
                   WHEN coalesce((SELECT is_checked FROM type t WHERE t.n = f.n), false) THEN true
                   WHEN EXISTS (SELECT FROM pg_catalog.pg_proc WHERE proname = ANY (w.functions) AND provolatile = 'v')
                       THEN true
                   WHEN w.functions <@ ARRAY(SELECT proname::text FROM pg_catalog.pg_proc
                                              WHERE proname = ANY (w.functions)) THEN false
                   END
               WHEN 'stored' THEN EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = f.oid
                                                 AND a.attname = w.columns[1] AND a.attgenerated = 's')
               WHEN 'persistence' THEN c.relpersistence::text <> w.name
               WHEN 'access method' THEN w.name <> coalesce((SELECT amname FROM pg_catalog.pg_am WHERE oid = c.relam), '')
               WHEN 'tablespace' THEN w.name <> (SELECT spcname FROM pg_catalog.pg_tablespace WHERE oid = coalesce(
                   nullif(c.reltablespace, 0),
                   (SELECT dattablespace FROM pg_catalog.pg_database WHERE datname = current_database())))
           END AS rewrites,
           CASE w.ask
               WHEN 'type' THEN (SELECT scans FROM retyped r WHERE r.n = f.n AND r.oid = f.oid)
               WHEN 'validate' THEN NOT coalesce((SELECT k.convalidated FROM pg_catalog.pg_constraint k
                                                   WHERE k.conrelid = f.oid AND k.conname = w.conname), false)
               WHEN 'not null' THEN EXISTS (
                   SELECT FROM pg_catalog.pg_attribute a
                    WHERE a.attrelid = f.oid AND NOT a.attnotnull
                      AND (a.attname = ANY (w.columns) OR a.attnum = ANY (
                              SELECT unnest(i.indkey) FROM pg_catalog.pg_index i
                                JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
                               WHERE i.indrelid = f.oid AND x.relname = w.name))
                      AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k
                                       WHERE k.conrelid = f.oid AND k.contype = 'c' AND k.convalidated
                                         AND k.conkey = ARRAY[a.attnum]
                         -- This would wait for the table.
                         AND CASE WHEN k.conrelid NOT IN (SELECT oid FROM busy)
                                  THEN pg_get_expr(k.conbin, k.conrelid) = format('(%I IS NOT NULL)', a.attname) END))
           END AS scans
      FROM family f
      JOIN wanted w USING (n)
      JOIN pg_catalog.pg_class c ON c.oid = f.oid
     -- Not those of the system.
     WHERE c.relkind IN ('r', 'p', 'm', 'f', 'v', 'S') AND c.oid >= 16384
), whole AS MATERIALIZED (
    SELECT c.oid, c.relnamespace, c.relname, c.relkind, c.reltuples, c.reltoastrelid
      FROM pg_catalog.pg_class c WHERE c.oid IN (SELECT oid FROM answer)
), heap AS (
    SELECT oid, oid AS part FROM whole
    UNION ALL
    SELECT oid, reltoastrelid FROM whole WHERE reltoastrelid <> 0
), part AS (
    -- A table, its TOAST table, and the indexes of both.
    SELECT oid, part FROM heap
    UNION ALL
    SELECT h.oid, i.indexrelid FROM heap h JOIN pg_catalog.pg_index i ON i.indrelid = h.part
), size AS (
    -- Where the files cannot be looked at now, as large as they were at the last VACUUM or ANALYZE.
    SELECT p.oid, CASE WHEN count(b.oid) > 0 THEN sum(c.relpages::bigint) * current_setting('block_size')::bigint
                       ELSE pg_total_relation_size(p.oid) END AS bytes
      FROM part p
      JOIN pg_catalog.pg_class c ON c.oid = p.part
      LEFT JOIN busy b ON b.oid = p.part
     GROUP BY p.oid
)
SELECT json_build_object(
    'uses', (SELECT coalesce(json_agg(json_build_array(n, oid::bigint, lock, rewrites, scans)), '[]') FROM answer),
    'tables', (SELECT coalesce(json_agg(json_build_array(
                          c.oid::bigint, s.nspname, c.relname, c.relkind, (SELECT bytes FROM size z WHERE z.oid = c.oid),
                          CASE WHEN c.reltuples >= 0 THEN c.reltuples END) ORDER BY s.nspname, c.relname), '[]')
                 FROM whole c JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace))
