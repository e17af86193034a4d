-- Version: 001
-- Description: Add full_name to users, kept in step with name
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: None
-- Phase: expand

BEGIN;

-- No default: it would hide which of the two an application has written.
ALTER TABLE users ADD COLUMN full_name text;
ALTER TABLE users ADD CONSTRAINT users_full_name_required CHECK (full_name IS NOT NULL) NOT VALID;

-- Whoever writes one column writes the other with it, until 003 drops the old one.
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
            ('column full_name text'),
            (format('CREATE TRIGGER users_full_name_sync BEFORE INSERT OR UPDATE ON %I.users FOR EACH ROW EXECUTE FUNCTION %s', current_schema(), to_regprocedure(format('%I.users_full_name_sync()', current_schema())))),
            ('constraint users_full_name_required CHECK ((full_name IS NOT NULL)) NOT VALID')
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
