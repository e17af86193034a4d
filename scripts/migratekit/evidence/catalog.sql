-- Which of the wanted things are there, as one JSON list: [n, 'there' | 'half' | 'unclear'].
WITH wanted AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset($1::jsonb)
        AS w (n int, kind text, path text[], relation name, name name, args text, value text)
), place AS MATERIALIZED (
    -- Where to look, the first turn first.
    SELECT w.n, s.oid AS schema, row_number() OVER (PARTITION BY w.n ORDER BY p.turn) AS turn
      FROM wanted w
     CROSS JOIN unnest(coalesce(w.path, current_schemas(false)::text[])) WITH ORDINALITY AS p (name, turn)
      JOIN pg_catalog.pg_namespace s ON s.nspname = (CASE p.name WHEN '$user' THEN current_user ELSE p.name END)::name
), relation AS MATERIALIZED (
    SELECT DISTINCT ON (w.n) w.*, p.turn, c.oid, c.relkind::text, c.relrowsecurity, c.relforcerowsecurity
      FROM wanted w
      JOIN place p USING (n)
      JOIN pg_catalog.pg_class c ON c.relnamespace = p.schema AND c.relname = w.relation
     ORDER BY w.n, p.turn
), type AS MATERIALIZED (
    -- Neither the types of arrays nor those of rows.
    SELECT DISTINCT ON (w.n) w.*, p.turn, t.oid
      FROM wanted w
      JOIN place p USING (n)
      JOIN pg_catalog.pg_type t ON t.typnamespace = p.schema AND t.typname = w.relation
     WHERE w.kind IN ('type', 'value', 'constraint', 'validated constraint')
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_type e WHERE e.oid = t.typelem AND e.typarray = t.oid)
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = t.typrelid AND c.relkind <> 'c')
     ORDER BY w.n, p.turn
), routine AS MATERIALIZED (
    SELECT DISTINCT ON (w.n) w.*, p.turn, f.prosrc
      FROM wanted w
      JOIN place p USING (n)
      JOIN pg_catalog.pg_proc f ON f.pronamespace = p.schema AND f.proname = w.name
     CROSS JOIN LATERAL (
           SELECT coalesce(string_agg(coalesce(e.typname || '[]', t.typname), ',' ORDER BY a.turn), '') AS args
             FROM unnest(f.proargtypes) WITH ORDINALITY AS a (type, turn)
             JOIN pg_catalog.pg_type t ON t.oid = a.type
             LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND e.typarray = t.oid
     ) AS given
     WHERE strpos(CASE w.kind WHEN 'function' THEN 'fw' WHEN 'procedure' THEN 'p' WHEN 'aggregate' THEN 'a'
                              WHEN 'routine' THEN 'fwpa' ELSE '' END, f.prokind::text) > 0
       AND (w.args IS NULL OR w.args = given.args)
     ORDER BY w.n, p.turn
), attribute AS MATERIALIZED (
    SELECT r.n, r.kind, r.value, r.oid, a.attnum, a.attnotnull, a.attidentity, d.oid AS default_oid,
           coalesce(e.typname || '[]', t.typname) || ' '
               || coalesce(substring(format_type(a.atttypid, a.atttypmod) FROM '\(([^)]*)\)'), '') AS type,
           regexp_replace(pg_get_expr(d.adbin, d.adrelid), '::[^'']*$', '') AS default_text
      FROM relation r
      JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attname = r.name
      JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
      LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND e.typarray = t.oid
      LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.attgenerated = ''
     WHERE a.attnum > 0 AND NOT a.attisdropped
       AND r.kind IN ('column', 'NOT NULL', 'default', 'identity', 'data type', 'comment')
), plain AS (
    -- What has no schema.
    SELECT 'schema' AS kind, nspname AS name FROM pg_catalog.pg_namespace
    UNION ALL SELECT 'extension', extname FROM pg_catalog.pg_extension
    UNION ALL SELECT 'publication', pubname FROM pg_catalog.pg_publication
    UNION ALL SELECT 'subscription', subname FROM pg_catalog.pg_subscription
               WHERE subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
    UNION ALL SELECT 'event trigger', evtname FROM pg_catalog.pg_event_trigger
    UNION ALL SELECT 'server', srvname FROM pg_catalog.pg_foreign_server
    UNION ALL SELECT 'foreign data wrapper', fdwname FROM pg_catalog.pg_foreign_data_wrapper
    UNION ALL SELECT 'role', rolname FROM pg_catalog.pg_roles
    UNION ALL SELECT 'database', datname FROM pg_catalog.pg_database
    UNION ALL SELECT 'tablespace', spcname FROM pg_catalog.pg_tablespace
), found (n, state) AS (
    -- Found behind another schema, it may be another one of that name.
    SELECT r.n, CASE WHEN r.relkind = 'i' AND NOT (i.indisvalid AND i.indisready) THEN 'half'
                     WHEN r.turn > 1 THEN 'unclear'
                     WHEN r.value <> concat_ws(' ', CASE WHEN i.indisunique THEN 'unique' END,
                                               (SELECT amname FROM pg_catalog.pg_am m
                                                  JOIN pg_catalog.pg_class c ON c.relam = m.oid WHERE c.oid = r.oid),
                                               CASE WHEN i.indpred IS NOT NULL THEN 'where' END) THEN 'unclear'
                     ELSE 'there' END
      FROM relation r LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = r.oid
     WHERE strpos(CASE r.kind WHEN 'table' THEN 'rp' WHEN 'view' THEN 'v' WHEN 'materialized view' THEN 'm'
                              WHEN 'sequence' THEN 'S' WHEN 'index' THEN 'iI' WHEN 'foreign table' THEN 'f'
                              WHEN 'relation' THEN 'rpvmSiIf' ELSE '' END, r.relkind) > 0
    UNION ALL
    SELECT n, CASE WHEN turn > 1 THEN 'unclear' ELSE 'there' END FROM type WHERE kind = 'type'
    UNION ALL
    SELECT n, CASE WHEN turn > 1 THEN 'unclear' ELSE 'there' END FROM routine
     WHERE value IS NULL OR value = prosrc
    UNION ALL
    SELECT n, CASE WHEN kind = 'default' AND value <> default_text THEN 'unclear' ELSE 'there' END FROM attribute
     WHERE CASE kind WHEN 'column' THEN true
                     WHEN 'NOT NULL' THEN attnotnull
                     WHEN 'identity' THEN attidentity <> ''
                     WHEN 'data type' THEN type = value
                     WHEN 'default' THEN default_oid IS NOT NULL
                     WHEN 'comment' THEN coalesce(col_description(oid, attnum) = value,
                                                  value IS NULL AND col_description(oid, attnum) IS NOT NULL) END
    UNION ALL
    SELECT n, 'there' FROM relation
     WHERE CASE kind WHEN 'row level security' THEN relrowsecurity
                     WHEN 'forced row level security' THEN relforcerowsecurity
                     WHEN 'comment' THEN name = '' AND coalesce(
                         obj_description(oid, 'pg_class') = value,
                         value IS NULL AND obj_description(oid, 'pg_class') IS NOT NULL) END
    UNION ALL
    SELECT r.n, 'there' FROM (SELECT n, kind, name, oid, 0::oid AS type FROM relation
                              UNION ALL SELECT n, kind, name, 0, oid FROM type) AS r
      JOIN pg_catalog.pg_constraint c ON c.conrelid = r.oid AND c.contypid = r.type AND c.conname = r.name
     WHERE r.kind = 'constraint' OR (r.kind = 'validated constraint' AND c.convalidated)
    UNION ALL
    SELECT r.n, 'there' FROM relation r
      JOIN pg_catalog.pg_trigger t ON t.tgrelid = r.oid AND t.tgname = r.name AND NOT t.tgisinternal
     WHERE r.kind = 'trigger' OR (r.kind = 'state of trigger' AND t.tgenabled::text = r.value)
    UNION ALL
    SELECT r.n, 'there' FROM relation r
      JOIN pg_catalog.pg_policy p ON p.polrelid = r.oid AND p.polname = r.name WHERE r.kind = 'policy'
    UNION ALL
    SELECT r.n, 'there' FROM relation r
      JOIN pg_catalog.pg_rewrite w ON w.ev_class = r.oid AND w.rulename = r.name WHERE r.kind = 'rule'
    UNION ALL
    -- A column of to_jsonb(): not every version has it.
    SELECT r.n, CASE to_jsonb(i) ->> 'inhdetachpending' WHEN 'true' THEN 'half' ELSE 'there' END FROM relation r
      JOIN pg_catalog.pg_inherits i ON i.inhrelid = r.oid
      JOIN pg_catalog.pg_class c ON c.oid = i.inhparent AND c.relname = r.name
     WHERE r.kind = 'partition'
    UNION ALL
    SELECT t.n, 'there' FROM type t
      JOIN pg_catalog.pg_enum e ON e.enumtypid = t.oid AND e.enumlabel = t.name WHERE t.kind = 'value'
    UNION ALL
    SELECT w.n, CASE WHEN p.turn > 1 THEN 'unclear' ELSE 'there' END FROM wanted w JOIN place p USING (n)
      JOIN pg_catalog.pg_statistic_ext s ON s.stxnamespace = p.schema AND s.stxname = w.name
     WHERE w.kind = 'statistics'
    UNION ALL
    SELECT w.n, CASE WHEN p.turn > 1 THEN 'unclear' ELSE 'there' END FROM wanted w JOIN place p USING (n)
      JOIN pg_catalog.pg_collation c ON c.collnamespace = p.schema AND c.collname = w.name
     WHERE w.kind = 'collation'
    UNION ALL
    SELECT w.n, 'there' FROM wanted w JOIN plain p USING (kind, name)
)
SELECT json_agg(json_build_array(n, state) ORDER BY n, state DESC) FROM found
