-- The standbys that follow this server, and what it waits for when it commits.
WITH standby AS (
    SELECT r.pid, r.application_name AS name, r.state, r.sync_state AS sync, extract(epoch FROM r.replay_lag) AS lag,
           pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END,
                           r.replay_lsn) AS behind, host(r.client_addr) AS address
      FROM pg_catalog.pg_stat_replication r
     -- That of pg_basebackup is no standby.
     WHERE r.state IS DISTINCT FROM 'backup'
)
SELECT json_build_object(
    'standbys', (SELECT coalesce(json_agg(standby ORDER BY name, pid), '[]') FROM standby),
    'wanted', current_setting('synchronous_standby_names'),
    'waits', current_setting('synchronous_commit') NOT IN ('off', 'local'))
