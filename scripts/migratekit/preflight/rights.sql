-- Which of the wanted rights the role lacks: {"superuser", "role", "database", "lacking": [[n, on, schema, name, owner, is superuser]]}.
WITH wanted AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS w (n int, need text, path text[], name name)
), place AS MATERIALIZED (
    -- Where to look, the first turn first.
    SELECT w.n, s.oid, s.nspname, s.nspowner, p.turn
      FROM wanted w
     CROSS JOIN unnest(coalesce(w.path, current_schemas(false)::text[])) WITH ORDINALITY AS p (name, turn)
      JOIN pg_catalog.pg_namespace s ON s.nspname = (CASE p.name WHEN '$user' THEN current_user ELSE p.name END)::name
), relation AS (
    SELECT DISTINCT ON (w.n) w.n, w.need, c.oid, c.relname, c.relowner, p.oid AS schema, p.nspname, p.nspowner
      FROM wanted w
      JOIN place p USING (n)
      JOIN pg_catalog.pg_class c ON c.relnamespace = p.oid AND c.relname = w.name
       AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'i', 'I')
     WHERE w.need NOT IN ('schema', 'role', 'database')
     ORDER BY w.n, p.turn
), lacking (n, kind, schema, name, owner) AS (
    SELECT n, 'schema', NULL, nspname::text, nspowner
      FROM relation
     WHERE NOT has_schema_privilege(schema, CASE need WHEN 'beside' THEN 'CREATE' ELSE 'USAGE' END)
    UNION ALL
    SELECT n, 'table', nspname, relname::text, relowner
      FROM relation
     WHERE NOT CASE need
               WHEN 'beside' THEN true
               WHEN 'owner' THEN pg_has_role(relowner, 'USAGE')
               WHEN 'drop' THEN pg_has_role(relowner, 'USAGE') OR pg_has_role(nspowner, 'USAGE')
               WHEN 'write' THEN has_any_column_privilege(oid, 'INSERT, UPDATE') OR has_table_privilege(oid, 'DELETE')
               WHEN 'MAINTAIN' THEN CASE
                   WHEN current_setting('server_version_num')::int >= 170000 THEN has_table_privilege(oid, need)
                   ELSE pg_has_role(relowner, 'USAGE') END
               WHEN 'version row' THEN has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT')
                    AND has_table_privilege(oid, 'DELETE, TRUNCATE')
               WHEN 'history' THEN has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT')
               WHEN 'DELETE' THEN has_table_privilege(oid, need)
               WHEN 'TRUNCATE' THEN has_table_privilege(oid, need)
               WHEN 'TRIGGER' THEN has_table_privilege(oid, need)
               ELSE has_any_column_privilege(oid, need) END
    UNION ALL
    (SELECT DISTINCT ON (w.n) w.n, 'schema', NULL, p.nspname::text, p.nspowner
      FROM wanted w JOIN place p USING (n)
     WHERE w.need = 'schema' AND NOT has_schema_privilege(p.oid, 'CREATE')
       AND p.turn = (SELECT min(turn) FROM place f WHERE f.n = w.n))
    UNION ALL
    SELECT w.n, 'database', NULL, d.datname::text, d.datdba
      FROM wanted w JOIN pg_catalog.pg_database d ON d.datname = current_database()
     WHERE w.need = 'database' AND NOT has_database_privilege(d.oid, 'CREATE')
    UNION ALL
    SELECT w.n, 'role', NULL, r.rolname::text, r.oid
      FROM wanted w JOIN pg_catalog.pg_roles r ON r.rolname = w.name
     WHERE w.need = 'role' AND NOT pg_has_role(r.oid, CASE
           WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END)
)
SELECT json_build_object(
    'superuser', current_setting('is_superuser') = 'on',
    'role', current_user,
    'lacking', (SELECT coalesce(json_agg(json_build_array(l.n, l.kind, l.schema, l.name, r.rolname, r.rolsuper) ORDER BY l.n), '[]')
                  FROM lacking l JOIN pg_catalog.pg_roles r ON r.oid = l.owner))
