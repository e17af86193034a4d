-- What a database must have that is to take the same files: as the owner of the version table has it.
WITH owner AS (
    SELECT coalesce((SELECT relowner FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace s ON s.oid = relnamespace
                      WHERE s.nspname = :schema AND relname = :table),
                    (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = session_user)) AS oid
), setting AS (
    -- The later ones win.
    SELECT split_part(c, '=', 1) AS name, c AS text,
           row_number() OVER (PARTITION BY split_part(c, '=', 1) ORDER BY setrole = 0, setdatabase = 0) AS place
      FROM pg_catalog.pg_db_role_setting, unnest(setconfig) c
     WHERE setrole IN (0, (SELECT oid FROM owner))
       AND setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()))
)
SELECT json_build_object(
    'database', current_database(),
    'owner', (SELECT pg_catalog.pg_get_userbyid(oid) FROM owner),
    'roles', (SELECT coalesce(json_agg(rolname ORDER BY rolname), '[]') FROM pg_catalog.pg_roles WHERE rolname !~ '^pg_'),
    'tablespaces', (SELECT coalesce(json_agg(spcname ORDER BY spcname), '[]')
                      FROM pg_catalog.pg_tablespace WHERE spcname !~ '^pg_'),
    'settings', (SELECT coalesce(json_agg(text ORDER BY name), '[]') FROM setting WHERE place = 1),
    'started', pg_catalog.pg_postmaster_start_time())
