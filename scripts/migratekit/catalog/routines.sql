-- Functions and procedures with all of their text, by what their lines begin with.
SELECT json_agg(json_build_array(
           CASE prokind WHEN 'p' THEN 'procedure ' ELSE 'function ' END || p.oid::regprocedure, pg_get_functiondef(p.oid)))
  FROM pg_proc p
  JOIN pg_namespace s ON s.oid = pronamespace
 WHERE s.nspname !~ '^pg_' AND s.nspname NOT IN ('information_schema', '_migratekit_kept') AND prokind <> 'a'
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid
                                             AND d.deptype IN ('e', 'i'))
