-- The user's tables that hold rows of their own, each with the statement that tells how many, and what they are.
SELECT coalesce(json_agg(json_build_array(format('%I.%I', s.nspname, c.relname), format(
           'SELECT count(*), md5(coalesce(string_agg(md5(t::text), '''' ORDER BY md5(t::text)), '''')) FROM ONLY %I.%I t',
           s.nspname, c.relname)) ORDER BY s.nspname, c.relname), '[]')
  FROM pg_class c
  JOIN pg_namespace s ON s.oid = c.relnamespace
 WHERE c.relkind = 'r' AND s.nspname !~ '^pg_' AND s.nspname NOT IN ('information_schema', '_migratekit_kept')
   AND NOT EXISTS (SELECT FROM pg_depend d
                    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
   AND NOT EXISTS (SELECT FROM jsonb_array_elements(:left_out) n WHERE n ->> 0 = s.nspname AND n ->> 1 = c.relname)
