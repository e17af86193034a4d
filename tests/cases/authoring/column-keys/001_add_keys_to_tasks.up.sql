-- Version: 001
-- Description: Add owner, slug, code to tasks
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: None
-- Phase: expand

BEGIN;

ALTER TABLE tasks
    ADD COLUMN owner bigint,
    ADD COLUMN slug text,
    ADD COLUMN code int;

-- NOT VALID holds for new rows at once and reads no old ones.
ALTER TABLE tasks ADD CONSTRAINT tasks_owner_fkey FOREIGN KEY (owner)
REFERENCES users (id) NOT VALID;

DO $$
DECLARE
    target regclass := to_regclass(format('%I.tasks', current_schema()));
    missing text;
BEGIN
    SELECT string_agg(wanted.line, '; ') INTO missing
    FROM (
        VALUES
            ('column owner bigint'),
            ('column slug text'),
            ('column code integer'),
            (format('constraint tasks_owner_fkey FOREIGN KEY (owner) REFERENCES %s(id) NOT VALID', to_regclass(format('%I.users', current_schema()))))
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
        )
    ) AS wanted (line);

    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'table tasks in schema % lacks: %', current_schema(), missing;
    END IF;
END
$$;

COMMIT;
