-- In front of each query: the user's schemas, and the relations in them with what each line about them begins with.
WITH schema AS MATERIALIZED (
    SELECT * FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', '_migratekit_kept')
), extended AS MATERIALIZED (
    SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
), left_out AS MATERIALIZED (
    SELECT c.oid
      FROM jsonb_array_elements($1) n
      JOIN schema s ON s.nspname = n ->> 0
      JOIN pg_class c ON c.relnamespace = s.oid AND c.relname = n ->> 1
), relation AS MATERIALIZED (
    SELECT c.*, format('%s %I.%I', CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
                                                  WHEN 'f' THEN 'foreign table' WHEN 'S' THEN 'sequence'
                                                  WHEN 'c' THEN 'type' ELSE 'table' END, s.nspname, c.relname) AS label
      FROM pg_class c
      JOIN schema s ON s.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c')
       AND c.oid NOT IN (SELECT oid FROM left_out)
       AND NOT EXISTS (SELECT FROM extended WHERE classid = 'pg_class'::regclass AND objid = c.oid)
       AND NOT EXISTS (SELECT FROM extended JOIN pg_type t ON t.oid = objid
                        WHERE classid = 'pg_type'::regclass AND c.relkind = 'c' AND t.typrelid = c.oid)
       AND NOT (c.relkind = 'S' AND EXISTS (
               SELECT FROM pg_depend d
                WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')
                  AND d.refclassid = 'pg_class'::regclass AND d.refobjid IN (SELECT oid FROM left_out)))
)
