-- Version: 002
-- Description: Make projects anew, called projects_dropped
-- Rollback for: 002_finish_drop_projects
-- Data: has lost every row of it

BEGIN;

CREATE TABLE projects_dropped (
    id bigint GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME projects_id_seq) CONSTRAINT projects_id_not_null NOT NULL,
    name text CONSTRAINT projects_name_not_null NOT NULL,
    owner bigint,
    CONSTRAINT projects_name_key UNIQUE (name),
    CONSTRAINT projects_owner_fkey FOREIGN KEY (owner)
    REFERENCES users (id),
    CONSTRAINT projects_pkey PRIMARY KEY (id)
);

-- A table made in this transaction is nobody else's yet: plain CREATE INDEX locks no one out.
CREATE INDEX projects_owner_idx ON projects_dropped (owner);

DO $$
DECLARE
    target regclass := to_regclass(format('%I.projects_dropped', current_schema()));
    missing text;
BEGIN
    SELECT string_agg(wanted.line, '; ') INTO missing
    FROM (
        VALUES
            ('column id bigint not null identity'),
            ('column name text not null'),
            ('column owner bigint'),
            ('constraint projects_pkey PRIMARY KEY (id)'),
            ('constraint projects_name_key UNIQUE (name)'),
            (format('constraint projects_owner_fkey FOREIGN KEY (owner) REFERENCES %s(id)', to_regclass(format('%I.users', current_schema())))),
            (format('CREATE INDEX projects_owner_idx ON %I.projects_dropped USING btree (owner)', current_schema()))
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
        RAISE EXCEPTION 'table projects_dropped in schema % lacks: %', current_schema(), missing;
    END IF;
END
$$;

COMMIT;
