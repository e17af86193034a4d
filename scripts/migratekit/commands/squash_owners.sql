-- Of the user's objects those that belong to another role than this session's, as statements that make it so.
WITH schema AS (
    SELECT * FROM pg_namespace
     WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', '_migratekit_kept')
), object (classid, oid, owner, statement) AS (
    SELECT 'pg_namespace'::regclass, oid, nspowner, format('SCHEMA %I', nspname) FROM schema WHERE nspname <> 'public'
    UNION ALL
    SELECT 'pg_class'::regclass, c.oid, c.relowner, format('%s %I.%I',
           CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
                          WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'c' THEN 'TYPE' ELSE 'TABLE' END, s.nspname, c.relname)
      FROM pg_class c JOIN schema s ON s.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c')
       AND NOT (c.relkind = 'S' AND EXISTS (
               SELECT FROM pg_depend d
                WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')
                  AND d.refclassid = 'pg_class'::regclass))
    UNION ALL
    SELECT 'pg_proc'::regclass, p.oid, p.proowner, format('%s %s',
           CASE p.prokind WHEN 'p' THEN 'PROCEDURE' WHEN 'a' THEN 'AGGREGATE' ELSE 'FUNCTION' END, p.oid::regprocedure)
      FROM pg_proc p JOIN schema s ON s.oid = p.pronamespace
    UNION ALL
    SELECT 'pg_type'::regclass, t.oid, t.typowner,
           format('%s %I.%I', CASE t.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, s.nspname, t.typname)
      FROM pg_type t JOIN schema s ON s.oid = t.typnamespace
     WHERE t.typtype IN ('d', 'e', 'r')
)
SELECT coalesce(json_agg(format('ALTER %s OWNER TO %I', o.statement, r.rolname) ORDER BY o.statement), '[]')
  FROM object o
  JOIN pg_roles r ON r.oid = o.owner
 WHERE r.rolname <> session_user
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = o.classid AND d.objid = o.oid AND d.deptype = 'e')
