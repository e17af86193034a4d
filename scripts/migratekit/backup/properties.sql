-- What belongs to a database itself; some columns of pg_database have other names in other versions.
SELECT json_build_object(
    'owner', pg_catalog.pg_get_userbyid(d.datdba),
    'encoding', pg_catalog.pg_encoding_to_char(d.encoding),
    'collate', d.datcollate,
    'ctype', d.datctype,
    'provider', j ->> 'datlocprovider',
    'locale', coalesce(j ->> 'datlocale', j ->> 'daticulocale'),
    'rules', j ->> 'daticurules',
    'limit', d.datconnlimit,
    'open', d.datallowconn,
    'tablespace', t.spcname,
    'comment', pg_catalog.shobj_description(d.oid, 'pg_database'),
    'settings', (SELECT coalesce(json_agg(json_build_object('role', r.rolname, 'values', s.setconfig)), '[]')
                   FROM pg_catalog.pg_db_role_setting s
                   LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
                  WHERE s.setdatabase = d.oid),
    'grants', CASE WHEN d.datacl IS NOT NULL THEN (
        SELECT coalesce(json_agg(json_build_object(
                   'to', CASE WHEN a.grantee <> 0 THEN pg_catalog.pg_get_userbyid(a.grantee) END,
                   'right', a.privilege_type, 'grantable', a.is_grantable)), '[]')
          FROM pg_catalog.aclexplode(d.datacl) AS a
    ) END
)
  FROM pg_catalog.pg_database d
  JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace,
       LATERAL pg_catalog.to_jsonb(d) AS j
 WHERE d.datname = :name
UNION ALL
SELECT NULL
 LIMIT 1
