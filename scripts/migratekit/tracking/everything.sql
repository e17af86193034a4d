-- Everything in the current schema that no extension owns and nothing else brings along, in the order to drop it.
WITH here AS (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = current_schema())
SELECT what, name FROM (
    SELECT 1 AS rank, CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'f' THEN 'FOREIGN TABLE'
                           WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS what,
           c.oid, c.oid::regclass::text AS name, 'pg_class'::regclass AS catalog
      FROM pg_catalog.pg_class c WHERE relnamespace IN (SELECT oid FROM here) AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    UNION ALL
    SELECT 2, CASE prokind WHEN 'p' THEN 'PROCEDURE' WHEN 'a' THEN 'AGGREGATE' ELSE 'FUNCTION' END,
           p.oid, p.oid::regprocedure::text, 'pg_proc'::regclass
      FROM pg_catalog.pg_proc p WHERE pronamespace IN (SELECT oid FROM here)
    UNION ALL
    SELECT 3, CASE typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, t.oid, t.oid::regtype::text, 'pg_type'::regclass
      FROM pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
     WHERE typnamespace IN (SELECT oid FROM here)
       AND (typtype IN ('d', 'e', 'r') OR (typtype = 'c' AND c.relkind = 'c'))
) AS objects
WHERE NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend d
     WHERE d.classid = catalog AND d.objid = objects.oid AND d.objsubid = 0 AND d.deptype IN ('e', 'i', 'a')
       AND (d.deptype <> 'a' OR what = 'SEQUENCE')
)
ORDER BY rank, name
