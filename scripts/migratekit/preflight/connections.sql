-- How many may connect and how many have: [[of, most or null, used]], for the server, the role and the database.
WITH session AS (
    SELECT a.datname, a.usename
      FROM pg_catalog.pg_stat_activity a
     -- What sort of session it is, is hidden from a role without rights; helpers and walsenders have no user or database.
     WHERE a.usesysid IS NOT NULL AND a.datid IS NOT NULL AND coalesce(a.backend_type, 'client backend') = 'client backend'
), own AS (
    SELECT rolname, rolsuper, rolconnlimit FROM pg_catalog.pg_roles WHERE rolname = session_user
), reserved AS (
    SELECT CASE WHEN own.rolsuper THEN 0 ELSE
               current_setting('superuser_reserved_connections')::int
               + CASE WHEN coalesce(pg_has_role(session_user, to_regrole('pg_use_reserved_connections'), 'USAGE'), false) THEN 0
                      ELSE coalesce(current_setting('reserved_connections', true)::int, 0) END
           END AS number
      FROM own
)
SELECT json_build_array(
    (SELECT json_build_array('server', current_setting('max_connections')::int - reserved.number,
                             (SELECT count(*) FROM session)) FROM reserved),
    (SELECT json_build_array('role ' || own.rolname, CASE WHEN own.rolconnlimit >= 0 AND NOT own.rolsuper THEN own.rolconnlimit END,
                             (SELECT count(*) FROM session WHERE usename = own.rolname)) FROM own),
    (SELECT json_build_array('database ' || d.datname, CASE WHEN d.datconnlimit >= 0 AND NOT own.rolsuper THEN d.datconnlimit END,
                             (SELECT count(*) FROM session WHERE datname = d.datname))
       FROM pg_catalog.pg_database d, own WHERE d.datname = current_database()))
