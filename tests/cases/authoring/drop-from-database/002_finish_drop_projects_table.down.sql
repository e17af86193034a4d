-- Version: 002
-- Description: Make projects anew, called projects_dropped
-- Rollback for: 002_finish_drop_projects_table
-- Data: has lost every row of it

BEGIN;

-- As it was in the database when this file was made; comments, privileges and owner are not among it.
CREATE SEQUENCE projects_number_seq AS integer;
CREATE TABLE projects_dropped (
    id bigint GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME projects_id_seq) CONSTRAINT projects_id_not_null NOT NULL,
    number integer DEFAULT nextval('projects_number_seq'::regclass) CONSTRAINT projects_number_not_null NOT NULL,
    name character varying(40) COLLATE "C" DEFAULT 'it''s'::character varying CONSTRAINT projects_name_not_null NOT NULL,
    length integer GENERATED ALWAYS AS (length((name)::text)) STORED,
    state state DEFAULT 'new'::state,
    owner bigint,
    CONSTRAINT no_secrets CHECK ((((name)::text <> '$$'::text) AND ((name)::text <> ''''::text))),
    CONSTRAINT projects_key PRIMARY KEY (id),
    CONSTRAINT projects_name_owner_key UNIQUE (name, owner),
    CONSTRAINT projects_owner_fkey FOREIGN KEY (owner) REFERENCES users(id) ON DELETE CASCADE
);
ALTER SEQUENCE projects_number_seq OWNED BY projects_dropped.number;
ALTER TABLE projects_dropped ADD CONSTRAINT short CHECK ((length((name)::text) < 30)) NOT VALID;
CREATE INDEX projects_lower_idx ON projects_dropped USING btree (lower((name)::text)) WHERE (state = 'new'::state);
CREATE TRIGGER projects_noop BEFORE INSERT ON projects_dropped FOR EACH ROW EXECUTE FUNCTION noop();

DO $$
DECLARE
    target regclass := to_regclass(format('%I.projects_dropped', current_schema()));
    missing text;
BEGIN
    SELECT string_agg(wanted.line, '; ') INTO missing
    FROM (
        VALUES
            ('table projects_dropped'),
            ('column id'),
            ('column number'),
            ('column name'),
            ('column length'),
            ('column state'),
            ('column owner')
        EXCEPT (
            SELECT concat_ws(' ', 'table', relname)
            FROM pg_class
            WHERE oid = target AND relkind IN ('r', 'p')
            UNION ALL
            SELECT concat_ws(' ', 'column', attname)
            FROM pg_attribute
            WHERE attrelid = target AND attnum > 0 AND NOT attisdropped
        )
    ) AS wanted (line);

    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'table projects_dropped in schema % lacks: %', current_schema(), missing;
    END IF;
END
$$;

COMMIT;
