-- How near the database and the wanted tables are to a VACUUM that prevents wraparound: {"database": [age, limit,
-- multixact], "tables": [[oid, age, limit, multixact]]}; of transactions and multixacts, whichever is nearer.
WITH bound AS (
    SELECT current_setting('autovacuum_freeze_max_age')::bigint AS transactions,
           current_setting('autovacuum_multixact_freeze_max_age')::bigint AS multixacts
), own AS (
    SELECT c.oid, greatest(age(c.relfrozenxid), age(t.relfrozenxid))::bigint AS transactions,
           greatest(mxid_age(c.relminmxid), mxid_age(t.relminmxid))::bigint AS multixacts,
           (SELECT option_value::bigint FROM pg_options_to_table(c.reloptions)
             WHERE option_name = 'autovacuum_freeze_max_age') AS most,
           (SELECT option_value::bigint FROM pg_options_to_table(c.reloptions)
             WHERE option_name = 'autovacuum_multixact_freeze_max_age') AS most_multixacts
      FROM pg_catalog.pg_class c
      LEFT JOIN pg_catalog.pg_class t ON t.oid = c.reltoastrelid
     WHERE c.oid = ANY ($1::oid[]) AND c.relkind IN ('r', 'm')
), near AS (
    SELECT oid, own.transactions, least(most, bound.transactions) AS most, own.multixacts,
           least(most_multixacts, bound.multixacts) AS most_multixacts
      FROM own, bound
    UNION ALL
    SELECT NULL, age(d.datfrozenxid), bound.transactions, mxid_age(d.datminmxid), bound.multixacts
      FROM pg_catalog.pg_database d, bound WHERE d.datname = current_database()
), nearer AS (
    SELECT oid, m, CASE WHEN m THEN multixacts ELSE transactions END AS age,
           CASE WHEN m THEN most_multixacts ELSE most END AS most
      FROM (SELECT *, multixacts * most > transactions * most_multixacts AS m FROM near) AS n
)
SELECT json_build_object(
    'database', (SELECT json_build_array(age, most, m) FROM nearer WHERE oid IS NULL),
    'tables', (SELECT coalesce(json_agg(json_build_array(oid::bigint, age, most, m)), '[]') FROM nearer
                WHERE oid IS NOT NULL))
