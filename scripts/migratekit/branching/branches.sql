-- The databases that may be branches, by their comment: [{"database", "oid", "comment", "size", "sessions"}].
SELECT coalesce(json_agg(json_build_object(
           'database', d.datname, 'oid', d.oid::bigint, 'comment', c.comment,
           'size', CASE WHEN has_database_privilege(d.oid, 'CONNECT') OR pg_has_role('pg_read_all_stats', 'USAGE')
                        THEN pg_database_size(d.oid) END,
           'sessions', (SELECT count(*) FROM pg_catalog.pg_stat_activity a WHERE a.datid = d.oid))
           ORDER BY d.datname), '[]')
  FROM pg_catalog.pg_database d,
       LATERAL pg_catalog.shobj_description(d.oid, 'pg_database') AS c (comment)
 WHERE d.datname = :name OR c.comment LIKE 'migratekit branch %'
