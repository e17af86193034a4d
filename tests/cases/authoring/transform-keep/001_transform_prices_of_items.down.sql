-- Version: 001
-- Description: Change price, unit of items back
-- Rollback for: 001_transform_prices_of_items
-- Data: brings back the values that were kept, in rows that are still there

BEGIN;

-- What 001 kept comes back, and the copy goes.
DO $$
DECLARE
    source regclass := to_regclass(format('%I.items', current_schema()));
    one record;
    remaining bigint;
BEGIN
    FOR one IN
        SELECT k.copy,
               string_agg(format('%s = %s', k.name, k.value), ', ') FILTER (WHERE NOT k.is_key) AS changes,
               string_agg(format('t.%s = %s', k.name, k.value), ' AND ') FILTER (WHERE k.is_key) AS same,
               string_agg(format('t.%s::text IS DISTINCT FROM k.%1$s::text', k.name), ' OR ')
                   FILTER (WHERE NOT k.is_key) AS differs
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
              AND c.remark ->> 'schema' = current_schema() AND c.remark ->> 'table' = 'items'
        ) AS k
        GROUP BY k.copy
        ORDER BY k.copy::oid DESC
    LOOP
        EXECUTE format('UPDATE %s AS t SET %s FROM %s AS k WHERE %s', source, one.changes, one.copy, one.same);
        EXECUTE format('SELECT count(*) FROM %s AS t JOIN %s AS k ON %s WHERE %s', source, one.copy, one.same, one.differs)
        INTO remaining;

        IF remaining > 0 THEN
            RAISE EXCEPTION '% rows of table items in schema % are not as they were', remaining, current_schema();
        END IF;
        EXECUTE format('DROP TABLE %s', one.copy);
    END LOOP;
END
$$;

COMMIT;
