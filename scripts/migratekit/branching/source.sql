-- What is to be known of the database :name before it is copied, asked from another one of its server; null if
-- there is none. Who may not read the statistics of others sees their sessions, but not of which kind they are.
SELECT json_build_object(
    'size', CASE WHEN has_database_privilege(d.oid, 'CONNECT') OR pg_has_role('pg_read_all_stats', 'USAGE')
                 THEN pg_database_size(d.oid) END,
    'sessions', (SELECT count(*) FROM pg_catalog.pg_stat_activity a
                  WHERE a.datid = d.oid AND coalesce(a.backend_type, '') <> 'autovacuum worker'),
    -- Sessions of ours that have just been closed may still be there for a moment.
    'ours', (SELECT count(*) FROM pg_catalog.pg_stat_activity a
              WHERE a.datid = d.oid AND a.application_name LIKE 'migratekit %'),
    'prepared', (SELECT count(*) FROM pg_catalog.pg_prepared_xacts p WHERE p.database = d.datname),
    'user', r.rolname,
    'makes', r.rolcreatedb OR r.rolsuper,
    'superuser', r.rolsuper,
    'owner', pg_catalog.pg_get_userbyid(d.datdba),
    'copies', d.datistemplate OR pg_has_role(d.datdba, 'USAGE'),
    'gives', pg_has_role(d.datdba, 'USAGE')
             AND pg_has_role(d.datdba, CASE WHEN current_setting('server_version_num')::int >= 160000
                                            THEN 'SET' ELSE 'MEMBER' END),
    'places', has_tablespace_privilege(d.dattablespace, 'CREATE'))
  FROM pg_catalog.pg_database d
  JOIN pg_catalog.pg_roles r ON r.rolname = current_user
 WHERE d.datname = :name
UNION ALL
SELECT NULL
 LIMIT 1
