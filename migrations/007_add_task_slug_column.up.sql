-- Version: 007
-- Description: Add tasks.slug, the readable part of a link, filled for every new task
-- Author: The migratekit authors
-- Date: 2026-11-21
-- Dependencies: 003
-- Phase: expand

BEGIN;

-- Functions made FROM CURRENT keep this path: the schema of this chain, temporary objects last.
SELECT set_config('search_path', format('%I, pg_temp', current_schema()), true);

-- Not a generated column: that would rewrite the table, and a link must outlive a change of title.
ALTER TABLE tasks ADD COLUMN slug text;

-- One rule for the trigger below and the back-fill of 008; with COLLATE "C" the same one on every server.
CREATE FUNCTION task_slug(title text, id bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN concat_ws(
    '-',
    nullif(btrim(left(regexp_replace(lower(title COLLATE "C"), '[^a-z0-9]+', '-', 'g'), 60), '-'), ''),
    id::text
);

CREATE FUNCTION fill_task_slug() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    NEW.slug := task_slug(NEW.title, NEW.id);
    RETURN NEW;
END
$$;

-- An application that does not know the column yet goes on inserting.
CREATE TRIGGER tasks_fill_slug
BEFORE INSERT ON tasks
FOR EACH ROW WHEN (NEW.slug IS NULL)
EXECUTE FUNCTION fill_task_slug();

DO $$
DECLARE
    tasks_table regclass := to_regclass(format('%I.tasks', current_schema()));
    missing text;
BEGIN
    SELECT string_agg(wanted.description, '; ') INTO missing
    FROM (
        VALUES
            ('column slug text'),
            ('function task_slug(title text, id bigint) returns text immutable'),
            (format('function fill_task_slug() returns trigger search_path=%I, pg_temp', current_schema())),
            ('CREATE TRIGGER tasks_fill_slug BEFORE INSERT ON tasks FOR EACH ROW'
             ' WHEN (new.slug IS NULL) EXECUTE FUNCTION fill_task_slug()')
        EXCEPT (
            SELECT concat_ws(' ', 'column', attname, format_type(atttypid, atttypmod),
                             CASE WHEN attnotnull THEN 'not null' END)
            FROM pg_attribute
            WHERE attrelid = tasks_table AND attnum > 0 AND NOT attisdropped
            UNION ALL
            SELECT concat_ws(' ', format('function %s(%s)', proname, pg_get_function_arguments(oid)),
                             'returns', pg_get_function_result(oid),
                             CASE WHEN provolatile = 'i' THEN 'immutable' END,
                             array_to_string(proconfig, ' '))
            FROM pg_proc
            WHERE pronamespace = quote_ident(current_schema())::regnamespace
            UNION ALL
            SELECT pg_get_triggerdef(oid, true)
            FROM pg_trigger
            WHERE tgrelid = tasks_table AND tgenabled = 'O'
        )
    ) AS wanted (description);

    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'schema % lacks for the slugs: %', current_schema(), missing;
    END IF;

    IF (task_slug('Draw 2 maps!', 7), task_slug('?', 8)) <> ('draw-2-maps-7', '8') THEN
        RAISE EXCEPTION 'task_slug() does not give draw-2-maps-7 and 8 but % and %',
            task_slug('Draw 2 maps!', 7), task_slug('?', 8);
    END IF;
END $$;

COMMIT;
