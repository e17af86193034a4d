-- Version: 002
-- Description: Add phone, state, token to users
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: 001
-- Phase: expand

BEGIN;

ALTER TABLE users
    ADD COLUMN phone varchar(20),
    ADD COLUMN state text NOT NULL DEFAULT 'new',
    ADD COLUMN token uuid;

-- A default of its own for each row would rewrite the table: the rows that are there stay NULL.
ALTER TABLE users ALTER COLUMN token SET DEFAULT gen_random_uuid();

DO $$
DECLARE
    target regclass := to_regclass(format('%I.users', current_schema()));
    missing text;
BEGIN
    SELECT string_agg(wanted.line, '; ') INTO missing
    FROM (
        VALUES
            ('column phone character varying(20)'),
            ('column state text not null default ''new'''),
            ('column token uuid default gen_random_uuid()')
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
