-- Version: 003
-- Description: Have name of users back, kept in step with full_name
-- Rollback for: 003_drop_name_from_users
-- Data: keeps every row; name is filled from full_name
-- squawk-ignore-file adding-not-nullable-field, ban-drop-default, ban-drop-not-null

BEGIN;

ALTER TABLE users ADD COLUMN name varchar(80);
UPDATE users SET name = full_name;

CREATE FUNCTION users_full_name_sync() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NEW.full_name IS NULL THEN
        NEW.full_name := NEW.name;
    ELSIF TG_OP = 'INSERT' THEN
        NEW.name := NEW.full_name;
    ELSIF NEW.full_name IS DISTINCT FROM OLD.full_name THEN
        NEW.name := NEW.full_name;
    ELSE
        NEW.full_name := NEW.name;
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER users_full_name_sync
BEFORE INSERT OR UPDATE ON users
FOR EACH ROW EXECUTE FUNCTION users_full_name_sync();

DO $$
DECLARE
    target regclass := to_regclass(format('%I.users', current_schema()));
    missing text;
BEGIN
    SELECT string_agg(wanted.line, '; ') INTO missing
    FROM (
        VALUES
            ('column full_name character varying(80)'),
            ('column name character varying(80)'),
            (format('CREATE TRIGGER users_full_name_sync BEFORE INSERT OR UPDATE ON %I.users FOR EACH ROW EXECUTE FUNCTION %s', current_schema(), to_regprocedure(format('%I.users_full_name_sync()', current_schema()))))
        EXCEPT (
            SELECT concat_ws(' ', 'column', a.attname, format_type(a.atttypid, a.atttypmod),
                             CASE WHEN a.attnotnull THEN 'not null' END,
                             CASE a.attidentity WHEN 'a' THEN 'identity' END,
                             'default ' || regexp_replace(pg_get_expr(d.adbin, d.adrelid), '::[^'']+$', ''))
            FROM pg_attribute AS a
            LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            WHERE a.attrelid = target AND a.attnum > 0 AND NOT a.attisdropped
            UNION ALL
            SELECT format('constraint %I %s', conname, pg_get_constraintdef(oid))
            FROM pg_constraint
            WHERE conrelid = target
            UNION ALL
            SELECT pg_get_triggerdef(oid)
            FROM pg_trigger
            WHERE tgrelid = target AND tgenabled = 'O'
        )
    ) AS wanted (line);

    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'table users in schema % lacks: %', current_schema(), missing;
    END IF;
END
$$;

COMMIT;
