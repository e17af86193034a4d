-- Version: 002
-- Description: Make notes anew, called notes_dropped
-- Rollback for: 002_finish_drop_notes_table
-- Data: has lost every row of it

BEGIN;

CREATE TABLE notes_dropped (
    id bigint GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME notes_id_seq) CONSTRAINT notes_id_not_null NOT NULL,
    body text CONSTRAINT notes_body_not_null NOT NULL,
    CONSTRAINT notes_pkey PRIMARY KEY (id)
);

DO $$
DECLARE
    target regclass := to_regclass(format('%I.notes_dropped', current_schema()));
    missing text;
BEGIN
    SELECT string_agg(wanted.line, '; ') INTO missing
    FROM (
        VALUES
            ('column id bigint not null identity'),
            ('column body text not null'),
            ('constraint notes_pkey PRIMARY KEY (id)')
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
        RAISE EXCEPTION 'table notes_dropped in schema % lacks: %', current_schema(), missing;
    END IF;
END
$$;

COMMIT;
