-- The constraints of the wanted tables that were never checked for old rows. A constraint that a partition or child
-- has from its parent is validated there; one NOT ENFORCED (18) never is.
SELECT coalesce(json_agg(json_build_object(
           'table', format('%s.%s', s.nspname, c.relname), 'name', k.conname,
           'remedy', format('ALTER TABLE %I.%I VALIDATE CONSTRAINT %I', s.nspname, c.relname, k.conname)
       ) ORDER BY s.nspname, c.relname, k.conname), '[]')
  FROM pg_catalog.pg_constraint k
  JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
  JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
 WHERE k.conrelid = ANY ($1::oid[]) AND NOT k.convalidated AND k.conparentid = 0 AND k.coninhcount = 0
   AND coalesce(to_jsonb(k) ->> 'conenforced', 'true') = 'true'
