-- Version: 001
-- Description: Create the plans table
-- Author: The migratekit authors
-- Date: 2026-11-21
-- Dependencies: None

BEGIN;

CREATE TABLE plans (
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    description text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT plans_pkey PRIMARY KEY (id),
    CONSTRAINT plans_name_key UNIQUE (name),
    CONSTRAINT plans_name_check CHECK (length(name) BETWEEN 1 AND 200)
);

-- Validation: what the catalogs must hold, minus what they hold, is what is missing.
DO $$
DECLARE
    plans_table regclass := to_regclass(format('%I.plans', current_schema()));
    missing text;
BEGIN
    SELECT string_agg(wanted.description, '; ') INTO missing
    FROM (
        VALUES
            ('id bigint not null identity'),
            ('name text not null'),
            ('description text not null default ''''::text'),
            ('created_at timestamp with time zone not null default now()'),
            ('updated_at timestamp with time zone not null default now()'),
            ('plans_pkey PRIMARY KEY (id)'),
            ('plans_name_key UNIQUE (name)'),
            ('plans_name_check CHECK (length(name) >= 1 AND length(name) <= 200)')
        EXCEPT (
            SELECT concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod),
                             CASE WHEN a.attnotnull THEN 'not null' END,
                             CASE WHEN a.attidentity = 'a' THEN 'identity' END,
                             'default ' || pg_get_expr(d.adbin, d.adrelid))
            FROM pg_attribute AS a
            LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            WHERE a.attrelid = plans_table AND a.attnum > 0 AND NOT a.attisdropped
            UNION ALL
            SELECT concat_ws(' ', conname, pg_get_constraintdef(oid, true))
            FROM pg_constraint
            WHERE conrelid = plans_table
        )
    ) AS wanted (description);

    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'table plans in schema % lacks: %', current_schema(), missing;
    END IF;
END $$;

COMMIT;
