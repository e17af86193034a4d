-- Version: 001
-- Description: Create the app.projects table
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: None

BEGIN;

CREATE TABLE app.projects (
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    owner bigint,
    CONSTRAINT projects_owner_fkey FOREIGN KEY (owner)
    REFERENCES app.users (id),
    CONSTRAINT projects_pkey PRIMARY KEY (id)
);

-- A table made in this transaction is nobody else's yet: plain CREATE INDEX locks no one out.
CREATE INDEX projects_owner_idx ON app.projects (owner);

DO $$
DECLARE
    target regclass := to_regclass('app.projects');
    missing text;
BEGIN
    SELECT string_agg(wanted.line, '; ') INTO missing
    FROM (
        VALUES
            ('column id bigint not null identity'),
            ('column name text not null'),
            ('column owner bigint'),
            ('constraint projects_pkey PRIMARY KEY (id)'),
            (format('constraint projects_owner_fkey FOREIGN KEY (owner) REFERENCES %s(id)', to_regclass('app.users'))),
            ('CREATE INDEX projects_owner_idx ON app.projects USING btree (owner)')
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
            SELECT pg_get_indexdef(indexrelid)
            FROM pg_index
            WHERE indrelid = target AND indisvalid AND indisready
        )
    ) AS wanted (line);

    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'table projects in schema % lacks: %', 'app', missing;
    END IF;
END
$$;

COMMIT;
