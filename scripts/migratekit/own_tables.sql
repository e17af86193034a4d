-- The version table, its history, tables that were put aside or where other tools keep versions, and the sequences that
-- belong to any of them.
WITH own AS (
    SELECT c.oid, s.nspname, c.relname
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm')
       AND (s.nspname = :schema AND c.relname IN (:table, :history) OR right(c.relname, length(:aside)) = :aside
            -- Adopted, it stays where it is for the way back.
            OR c.relname IN ('alembic_version', 'goose_db_version', '_prisma_migrations'))
)
SELECT json_agg(json_build_array(nspname, relname)) FROM (
    SELECT nspname, relname FROM own
    UNION
    SELECT s.nspname, c.relname
      FROM own
      JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = own.oid AND d.deptype IN ('a', 'i')
      JOIN pg_catalog.pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid AND c.relkind = 'S'
      JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
) AS every
