-- Version: 001
-- Description: Bring back the rows that were deleted from sessions
-- Rollback for: 001_clean_up_sessions
-- Data: brings back what was kept

BEGIN;

-- What 001 kept comes back, and the copy goes.
DO $$
DECLARE
    source regclass := to_regclass(format('%I.sessions', current_schema()));
    one record;
    total bigint;
    written bigint;
BEGIN
    FOR one IN
        SELECT k.copy, string_agg(k.name, ', ') AS names, string_agg(k.value, ', ') AS list
        FROM (
            SELECT c.oid::regclass AS copy, quote_ident(a.attname) AS name,
                   format(CASE WHEN k.atttypid = 'text'::regtype AND t.typcategory <> 'S' THEN 'k.%I::%s' ELSE 'k.%I' END,
                          a.attname, format_type(a.atttypid, a.atttypmod)) AS value,
                   a.attname IN (SELECT json_array_elements_text(c.remark -> 'keys')) AS is_key
            FROM (
                SELECT oid, CASE WHEN relnamespace = to_regnamespace('_migratekit_kept') AND starts_with(obj_description(oid), '{')
                                 THEN obj_description(oid)::json END AS remark
                FROM pg_class
                WHERE relkind = 'r'
            ) AS c
            JOIN pg_attribute AS k ON k.attrelid = c.oid AND k.attnum > 0 AND NOT k.attisdropped
            JOIN pg_attribute AS a ON a.attrelid = source AND a.attname = k.attname AND NOT a.attisdropped
            JOIN pg_type AS t ON t.oid = a.atttypid
            WHERE a.attgenerated = '' AND c.remark ->> 'version' = '001'
              AND c.remark ->> 'schema' = current_schema() AND c.remark ->> 'table' = 'sessions'
        ) AS k
        GROUP BY k.copy
    LOOP
        EXECUTE format('SELECT count(*) FROM %s', one.copy) INTO total;
        EXECUTE format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM %s AS k',
                       source, one.names, one.list, one.copy);
        GET DIAGNOSTICS written = ROW_COUNT;

        IF written < total THEN
            RAISE EXCEPTION 'only % of the % rows that were kept of table sessions in schema % came back',
                written, total, current_schema();
        END IF;
        EXECUTE format('DROP TABLE %s', one.copy);
    END LOOP;
END
$$;

COMMIT;
