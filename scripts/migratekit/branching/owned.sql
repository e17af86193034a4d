-- True if everything that a dump of the current database holds belongs to a role that this one can give things to.
SELECT coalesce(bool_and(pg_has_role(o.owner, 'USAGE')
                         AND pg_has_role(o.owner, CASE WHEN current_setting('server_version_num')::int >= 160000
                                                       THEN 'SET' ELSE 'MEMBER' END)), true)
  FROM (SELECT d.classid, d.objid, d.refobjid
          FROM pg_catalog.pg_shdepend d
         WHERE d.refclassid = 'pg_catalog.pg_authid'::regclass AND d.deptype = 'o'
           AND d.dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
        -- What the first superuser owns stands in none of these rows.
        UNION ALL SELECT 'pg_catalog.pg_class'::regclass, oid, relowner FROM pg_catalog.pg_class
         WHERE relowner = 10 AND oid >= 16384 AND relkind NOT IN ('i', 'I', 't')
        UNION ALL SELECT 'pg_catalog.pg_namespace'::regclass, oid, nspowner FROM pg_catalog.pg_namespace
         WHERE nspowner = 10 AND oid >= 16384 AND nspname !~ '^pg_'
        UNION ALL SELECT 'pg_catalog.pg_proc'::regclass, oid, proowner FROM pg_catalog.pg_proc
         WHERE proowner = 10 AND oid >= 16384
        UNION ALL SELECT 'pg_catalog.pg_type'::regclass, oid, typowner FROM pg_catalog.pg_type
         WHERE typowner = 10 AND oid >= 16384 AND typtype IN ('d', 'e', 'r')) AS o (class, object, owner)
 WHERE NOT EXISTS (
       SELECT FROM pg_catalog.pg_depend e WHERE e.classid = o.class AND e.objid = o.object AND e.deptype = 'e')
