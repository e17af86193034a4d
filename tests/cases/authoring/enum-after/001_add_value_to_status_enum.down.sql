-- Version: 001
-- Description: Rebuild the enum status without the value it's $$ new
-- Rollback for: 001_add_value_to_status_enum
-- Data: fails where a row still has the value: give it another one first
-- squawk-ignore-file ban-drop-type, renaming-object

BEGIN;

-- No statement takes a value away: a type without it takes the place of this one, column by column. That rewrites the
-- tables with everyone locked out. A view, function or index that knows the type stops it; nothing is changed then.
DO $body1$
DECLARE
    old_type regtype := to_regtype(format('%I.status', current_schema()));
    new_type text := format('%I.status_rebuilt', current_schema());
    one record;
    shown text;
BEGIN
    EXECUTE (
        SELECT format('CREATE TYPE %s AS ENUM (%s)', new_type, string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder))
        FROM pg_enum
        WHERE enumtypid = old_type AND enumlabel <> 'it''s $$ new'
    );

    FOR one IN
        SELECT a.attrelid::regclass AS table_name, a.attname AS column_name, pg_get_expr(d.adbin, d.adrelid) AS default_value,
               CASE WHEN a.atttypid = old_type THEN new_type ELSE new_type || '[]' END AS wanted
        FROM pg_attribute AS a
        JOIN pg_class AS r ON r.oid = a.attrelid
        JOIN pg_type AS t ON t.oid = old_type
        LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.atttypid IN (t.oid, t.typarray) AND r.relkind IN ('r', 'p') AND NOT a.attisdropped AND a.attinhcount = 0
    LOOP
        EXECUTE format('ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT', one.table_name, one.column_name);
        EXECUTE format('ALTER TABLE %s ALTER COLUMN %I TYPE %s USING %I::text::%s',
                       one.table_name, one.column_name, one.wanted, one.column_name, one.wanted);
        IF one.default_value IS NOT NULL THEN
            EXECUTE format('SELECT (%s)::text', one.default_value) INTO shown;
            EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT %L::%s',
                           one.table_name, one.column_name, shown, one.wanted);
        END IF;
    END LOOP;
END
$body1$;

DROP TYPE status;
ALTER TYPE status_rebuilt RENAME TO status;

DO $body1$
DECLARE
    labels text[];
BEGIN
    SELECT array_agg(enumlabel) INTO labels FROM pg_enum WHERE enumtypid = to_regtype(format('%I.status', current_schema()));

    IF labels IS NULL OR 'it''s $$ new' = ANY (labels) THEN
        RAISE EXCEPTION 'enum status in schema % is missing, or still has the value it''s $$ new',
            current_schema();
    END IF;
END
$body1$;

COMMIT;
