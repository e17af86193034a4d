-- The sessions and prepared transactions of this database that are in a transaction, hold or want a lock on one of the
-- tables, or are hidden from the role.
WITH held AS (
    SELECT l.pid, l.virtualtransaction AS transaction,
           json_agg(json_build_array(l.relation::bigint, l.mode, l.granted) ORDER BY l.relation, l.mode) AS locks
      FROM pg_catalog.pg_locks l
     WHERE l.locktype = 'relation' AND l.mode <> 'SIReadLock' AND l.relation = ANY ($1::oid[])
       AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
     GROUP BY l.pid, l.virtualtransaction
), found AS (
    SELECT a.pid, NULL AS gid, a.usename AS user, a.application_name AS application, a.backend_type AS kind, a.state,
           extract(epoch FROM clock_timestamp() - a.xact_start) AS open,
           extract(epoch FROM clock_timestamp() - a.state_change) AS unchanged,
           a.backend_xmin IS NOT NULL OR a.backend_xid IS NOT NULL AS snapshot, left(a.query, 500) AS query,
           h.transaction, h.locks
      FROM pg_catalog.pg_stat_activity a
      LEFT JOIN held h ON h.pid = a.pid
     WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
       AND (h.pid IS NOT NULL OR a.xact_start IS NOT NULL OR a.state IS NULL)
    UNION ALL
    SELECT NULL, p.gid, p.owner, NULL, NULL, 'prepared',
           extract(epoch FROM clock_timestamp() - p.prepared), NULL, true, NULL, t.virtualtransaction, h.locks
      FROM pg_catalog.pg_prepared_xacts p
      LEFT JOIN pg_catalog.pg_locks t ON t.pid IS NULL AND t.locktype = 'transactionid' AND t.granted
           AND t.transactionid = p.transaction
      LEFT JOIN held h ON h.pid IS NULL AND h.transaction = t.virtualtransaction
     WHERE p.database = current_database()
)
SELECT coalesce(json_agg(found ORDER BY open DESC NULLS LAST), '[]') FROM found
