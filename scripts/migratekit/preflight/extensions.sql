-- What the server has of the wanted extensions, by name: [installed or null, its default version, [[version, superuser,
-- trusted, what it needs]]]; and what the role may.
WITH wanted AS (
    SELECT jsonb_array_elements_text($1::jsonb) AS name
), version AS (
    SELECT v.name, json_agg(json_build_array(v.version, v.superuser, coalesce((to_jsonb(v) ->> 'trusted')::boolean, false),
                            coalesce(v.requires, '{}'))) AS all
      FROM pg_catalog.pg_available_extension_versions v
     WHERE v.name IN (SELECT name FROM wanted)
     GROUP BY v.name
)
SELECT json_build_object(
    'available', (SELECT coalesce(json_object_agg(e.name, json_build_array(e.installed_version, e.default_version,
                                                  version.all)), '{}')
                    FROM pg_catalog.pg_available_extensions e JOIN version ON version.name = e.name),
    'installed', (SELECT coalesce(json_agg(extname), '[]') FROM pg_catalog.pg_extension),
    'superuser', (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user),
    -- To these, providers of databases lend what only a superuser may elsewhere.
    'lent', EXISTS (SELECT FROM pg_catalog.pg_roles
                     WHERE rolname IN ('rds_superuser', 'cloudsqlsuperuser', 'alloydbsuperuser', 'azure_pg_admin',
                                       'neon_superuser', 'supabase_admin')),
    'create', has_database_privilege(current_database(), 'CREATE'))
