-- Version: 002
-- Description: Create the projects table
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: 001

BEGIN;

CREATE TABLE projects (
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    description text,
    email varchar(255) NOT NULL,
    owner bigint,
    status text NOT NULL DEFAULT 'new',
    amount numeric(10,2) NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT projects_email_key UNIQUE (email),
    CONSTRAINT projects_owner_fkey FOREIGN KEY (owner)
    REFERENCES users (id),
    CONSTRAINT projects_pkey PRIMARY KEY (id)
);

-- A table made in this transaction is nobody else's yet: plain CREATE INDEX locks no one out.
CREATE INDEX projects_owner_idx ON projects (owner);

DO $$
DECLARE
    target regclass := to_regclass(format('%I.projects', current_schema()));
    missing text;
BEGIN
    SELECT string_agg(wanted.line, '; ') INTO missing
    FROM (
        VALUES
            ('column id bigint not null identity'),
            ('column name text not null'),
            ('column description text'),
            ('column email character varying(255) not null'),
            ('column owner bigint'),
            ('column status text not null default ''new'''),
            ('column amount numeric(10,2) not null default 0'),
            ('column created_at timestamp with time zone not null default now()'),
            ('constraint projects_pkey PRIMARY KEY (id)'),
            ('constraint projects_email_key UNIQUE (email)'),
            (format('constraint projects_owner_fkey FOREIGN KEY (owner) REFERENCES %s(id)', to_regclass(format('%I.users', current_schema())))),
            (format('CREATE INDEX projects_owner_idx ON %I.projects USING btree (owner)', current_schema()))
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
        RAISE EXCEPTION 'table projects in schema % lacks: %', current_schema(), missing;
    END IF;
END
$$;

COMMIT;
