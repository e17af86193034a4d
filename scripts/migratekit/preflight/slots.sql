-- The replication slots with the WAL that each keeps, and whether the WAL is archived.
WITH slot AS (
    SELECT s.slot_name AS name, s.slot_type AS type, s.active, to_jsonb(s) ->> 'wal_status' AS status,
           pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END,
                           s.restart_lsn) AS kept
      FROM pg_catalog.pg_replication_slots s
     WHERE NOT s.temporary
)
SELECT json_build_object(
    'slots', (SELECT coalesce(json_agg(slot ORDER BY kept DESC NULLS LAST, name), '[]') FROM slot),
    'archive', (SELECT json_build_object('failed', last_failed_time, 'file', last_failed_wal)
                  FROM pg_catalog.pg_stat_archiver
                 WHERE current_setting('archive_mode') <> 'off'
                   AND last_failed_time > coalesce(last_archived_time, '-infinity')))
