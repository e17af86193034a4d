SELECT coalesce(json_agg(t ORDER BY t.schema, t.name), '[]')
  FROM (
        SELECT n.nspname AS schema, c.relname AS name, pg_get_userbyid(c.relowner) AS owner,
               pg_has_role(c.relowner, 'USAGE') AS owned,
               has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS readable,
               has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE') AS lockable,
               (SELECT json_object_agg(a.attname, format_type(a.atttypid, a.atttypmod))
                  FROM pg_catalog.pg_attribute a
                 WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
          FROM pg_catalog.pg_class c
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         -- No tool has applied that many migrations: what is larger is the user's own, and costly to read.
         WHERE c.relkind IN ('r', 'p') AND c.reltuples < 100000 AND n.nspname = ANY (current_schemas(false) || $1::name)
           AND EXISTS (SELECT FROM pg_catalog.pg_attribute a
                        WHERE a.attrelid = c.oid AND a.attnum > 0
                          AND a.attname IN ('version', 'version_id', 'version_num', 'migration_name', 'checksum'))
       ) AS t
