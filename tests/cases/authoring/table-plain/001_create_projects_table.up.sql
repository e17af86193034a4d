-- Version: 001
-- Description: Create the projects table
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: None

BEGIN;

CREATE TABLE projects (
    id bigint GENERATED ALWAYS AS IDENTITY,
    CONSTRAINT projects_pkey PRIMARY KEY (id)
);

DO $$
DECLARE
    target regclass := to_regclass(format('%I.projects', current_schema()));
    missing text;
BEGIN
    SELECT string_agg(wanted.line, '; ') INTO missing
    FROM (
        VALUES
            ('column id bigint not null identity'),
            ('constraint projects_pkey PRIMARY KEY (id)')
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
        RAISE EXCEPTION 'table projects in schema % lacks: %', current_schema(), missing;
    END IF;
END
$$;

COMMIT;
