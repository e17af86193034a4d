-- Version: 002
-- Description: Add email, state, owner to users again
-- Rollback for: 002_remove_email_and_state_from_users
-- Data: has lost what was in email, state, owner
-- squawk-ignore-file adding-field-with-default, adding-foreign-key-constraint, constraint-missing-not-valid, disallowed-unique-constraint, require-concurrent-index-creation

BEGIN;

ALTER TABLE users
    ADD COLUMN email varchar(255),
    ADD COLUMN state text NOT NULL DEFAULT 'new',
    ADD COLUMN owner bigint;
ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE (email);
ALTER TABLE users ADD CONSTRAINT users_owner_fkey FOREIGN KEY (owner)
REFERENCES users (id);

DO $$
DECLARE
    target regclass := to_regclass(format('%I.users', current_schema()));
    missing text;
BEGIN
    SELECT string_agg(wanted.line, '; ') INTO missing
    FROM (
        VALUES
            ('column email character varying(255)'),
            ('column state text not null default ''new'''),
            ('column owner bigint'),
            ('constraint users_email_key UNIQUE (email)'),
            (format('constraint users_owner_fkey FOREIGN KEY (owner) REFERENCES %s(id)', to_regclass(format('%I.users', current_schema()))))
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
        RAISE EXCEPTION 'table users in schema % lacks: %', current_schema(), missing;
    END IF;
END
$$;

COMMIT;
