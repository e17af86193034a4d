-- Version: 003
-- Description: Drop name from users, now that nobody uses it
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: 002
-- Phase: contract
-- squawk-ignore-file ban-drop-column, ban-drop-constraint, ban-drop-function
--
-- To be applied when no application reads or writes name any more.

BEGIN;

-- What would silently go with the old column: it must be made for the new one first, and then dropped.
DO $$
DECLARE
    target regclass := to_regclass(format('%I.users', current_schema()));
    attached text;
BEGIN
    SELECT string_agg(pg_describe_object(d.classid, d.objid, d.objsubid), ', ') INTO attached
    FROM pg_depend AS d
    JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = target AND a.attname = 'name'
      AND d.classid <> 'pg_attrdef'::regclass
      AND NOT EXISTS (
          SELECT FROM pg_constraint AS c
          WHERE d.classid = 'pg_constraint'::regclass AND c.oid = d.objid AND c.contype = 'n'
      );

    IF attached IS NOT NULL THEN
        RAISE EXCEPTION 'column name of table users in schema % still has: %',
            current_schema(), attached
            USING HINT = 'Make the same for full_name in a migration before this one, and drop the old.';
    END IF;
END
$$;

DROP TRIGGER users_full_name_sync ON users;
DROP FUNCTION users_full_name_sync();
ALTER TABLE users DROP COLUMN name;

DO $$
DECLARE
    target regclass := to_regclass(format('%I.users', current_schema()));
    remaining text;
BEGIN
    SELECT string_agg(present.line, ', ') INTO remaining
    FROM (
        SELECT format('column %s', attname) FROM pg_attribute
        WHERE attrelid = target AND NOT attisdropped AND attname IN ('name')
        UNION ALL
        SELECT format('constraint %s', conname) FROM pg_constraint
        WHERE conrelid = target AND conname IN ('users_full_name_required')
        UNION ALL
        SELECT format('trigger %s', tgname) FROM pg_trigger
        WHERE tgrelid = target AND tgname IN ('users_full_name_sync')
    ) AS present (line);

    IF target IS NULL OR remaining IS NOT NULL THEN
        RAISE EXCEPTION 'table users in schema % is missing, or still has: %', current_schema(), remaining;
    END IF;
END
$$;

DO $$
DECLARE
    target regclass := to_regclass(format('%I.users', current_schema()));
    missing text;
BEGIN
    SELECT string_agg(wanted.line, '; ') INTO missing
    FROM (
        VALUES
            ('column full_name character varying(80)')
        EXCEPT (
            SELECT concat_ws(' ', 'column', a.attname, format_type(a.atttypid, a.atttypmod),
                             CASE WHEN a.attnotnull THEN 'not null' END,
                             CASE a.attidentity WHEN 'a' THEN 'identity' END,
                             'default ' || regexp_replace(pg_get_expr(d.adbin, d.adrelid), '::[^'']+$', ''))
            FROM pg_attribute AS a
            LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            WHERE a.attrelid = target AND a.attnum > 0 AND NOT a.attisdropped
        )
    ) AS wanted (line);

    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'table users in schema % lacks: %', current_schema(), missing;
    END IF;
END
$$;

COMMIT;
