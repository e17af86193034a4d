-- What pg_dump does not write, or does not take back: of the database itself, of the schema public, and default
-- privileges. Each as [what it is, what makes it so, what takes it back]; `%1$I` stands for the database, and what is
-- empty is in the dump, or goes with its schema. `:initial` are the settings that the database began with.
WITH here AS (
    SELECT * FROM pg_database WHERE datname = current_database()
), schema AS (
    SELECT * FROM pg_namespace WHERE nspname = 'public'
), setting (text, name, value, is_list) AS (
    SELECT c, quoted, substr(c, strpos(c, '=') + 1), split_part(c, '=', 1)
           IN ('search_path', 'temp_tablespaces', 'local_preload_libraries', 'session_preload_libraries')
      FROM pg_db_role_setting r JOIN here d ON d.oid = r.setdatabase, unnest(r.setconfig) c,
           LATERAL (SELECT string_agg(quote_ident(part), '.')
                      FROM unnest(string_to_array(split_part(c, '=', 1), '.')) part) AS q (quoted)
     WHERE r.setrole = 0 AND NOT EXISTS (SELECT FROM jsonb_array_elements_text(:initial) i WHERE i = c)
), grants (kind, object, owner, who, options, these) AS (
    SELECT kind, object, owner, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END,
           CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END,
           string_agg(DISTINCT privilege_type, ', ' ORDER BY privilege_type)
      FROM (SELECT 'd', oid, datdba, coalesce(datacl, acldefault('d', datdba)) FROM here
            UNION ALL SELECT 'n', oid, nspowner, coalesce(nspacl, acldefault('n', nspowner)) FROM schema
            UNION ALL SELECT 'default', oid, defaclrole, defaclacl FROM pg_default_acl) AS acl (kind, object, owner, given),
           aclexplode(given)
     WHERE grantee <> owner
     GROUP BY kind, object, owner, grantee, is_grantable
), given (kind, object, rights, names, whole) AS (
    SELECT kind, object, string_agg(format('%s to %s%s', these, who, options), '; ' ORDER BY who, options),
           string_agg(DISTINCT who, ', '), string_agg(format('GRANT %s ON DATABASE %%1$I TO %s%s', these, replace(who, '%', '%%'), options), E';\n' ORDER BY who, options)
      FROM grants GROUP BY kind, object
), default_of AS (
    SELECT d.oid, d.defaclnamespace = 0 AS everywhere, defaclobjtype, n.nspname,
           CASE WHEN rolname = current_user THEN 'CURRENT_USER' ELSE quote_ident(rolname) END AS role,
           CASE defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS'
                              WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' ELSE 'LARGE OBJECTS' END AS objects
      FROM pg_default_acl d JOIN pg_roles r ON r.oid = d.defaclrole
      LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
), found (place, what, makes, back) AS (
    SELECT 1, format('setting %s of the database', text),
           format('ALTER DATABASE %%1$I SET %s TO %s', name, replace(
               -- The elements of a list are quoted already.
               CASE WHEN value IN ('', '""') THEN '''''' WHEN is_list THEN value ELSE quote_literal(value) END, '%', '%%')),
           format('ALTER DATABASE %%1$I RESET %s', name)
      FROM setting
    UNION ALL
    SELECT 2, format('rights to the database: %s', coalesce(rights, 'none')),
           concat_ws(E';\n', 'REVOKE ALL ON DATABASE %1$I FROM PUBLIC', whole),
           concat_ws(E';\n', 'REVOKE ALL ON DATABASE %1$I FROM ' || replace(names, '%', '%%') || ' CASCADE', 'GRANT CONNECT, TEMPORARY ON DATABASE %1$I TO PUBLIC')
      FROM here LEFT JOIN given ON kind = 'd' WHERE rights IS DISTINCT FROM 'CONNECT, TEMPORARY to PUBLIC'
    UNION ALL
    SELECT 3, format('comment of the database %L', c), format('COMMENT ON DATABASE %%1$I IS %s', replace(quote_literal(c), '%', '%%')),
           'COMMENT ON DATABASE %1$I IS NULL'
      FROM here, shobj_description(oid, 'pg_database') c WHERE c IS NOT NULL
    UNION ALL
    SELECT 4, format('rights to schema public: %s', coalesce(rights, 'none')), '',
           concat_ws(E';\n', 'REVOKE ALL ON SCHEMA public FROM ' || names || ' CASCADE', 'GRANT USAGE ON SCHEMA public TO PUBLIC')
      FROM schema LEFT JOIN given ON kind = 'n' WHERE rights IS DISTINCT FROM 'USAGE to PUBLIC'
    UNION ALL
    SELECT 5, format('schema public of %s', r.role), format('ALTER SCHEMA public OWNER TO %s', r.role),
           'ALTER SCHEMA public OWNER TO pg_database_owner'
      FROM schema,
           LATERAL (SELECT CASE WHEN rolname = current_user THEN 'CURRENT_USER' ELSE quote_ident(rolname) END
                      FROM pg_roles WHERE oid = nspowner AND rolname <> 'pg_database_owner') AS r (role)
    UNION ALL
    SELECT 6, format('comment of schema public %L', coalesce(c, '')), '', 'COMMENT ON SCHEMA public IS ''standard public schema'''
      FROM schema, obj_description(oid, 'pg_namespace') c WHERE c IS DISTINCT FROM 'standard public schema'
    UNION ALL
    SELECT 7, concat_ws(' ', 'default for', objects, 'of role', role, 'in schema ' || quote_ident(nspname)) || coalesce(': ' || rights, ''),
           '', CASE WHEN everywhere OR nspname = 'public' THEN concat_ws(E';\n',
                   command || ' REVOKE ALL ON ' || objects || ' FROM ' || names || ' CASCADE',
                   CASE WHEN everywhere THEN format('%s GRANT ALL ON %s TO %s', command, objects, role) END,
                   CASE WHEN everywhere AND defaclobjtype IN ('f', 'T') THEN format('%s GRANT ALL ON %s TO PUBLIC', command, objects) END)
               ELSE '' END
      FROM default_of d LEFT JOIN given g ON kind = 'default' AND object = oid,
           LATERAL concat_ws(' ', 'ALTER DEFAULT PRIVILEGES FOR ROLE', role, 'IN SCHEMA ' || quote_ident(nspname)) AS command
)
SELECT coalesce(json_agg(json_build_array(what, makes, back) ORDER BY place, what), '[]') FROM found
