-- Version: 001
-- Description: Create the order table
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: None

BEGIN;

CREATE TABLE "order" (
    "select" uuid NOT NULL,
    "a % b" int NOT NULL,
    "Größe" text DEFAULT 'it''s',
    "x$$y" mood NOT NULL DEFAULT 'so so',
    wait interval DEFAULT '24 hours',
    extra jsonb NOT NULL DEFAULT '{"a":1}',
    tags text[] NOT NULL DEFAULT '{}',
    low int DEFAULT -1,
    rate float8 DEFAULT 1.5,
    big bigint DEFAULT 3000000000,
    ok bool NOT NULL DEFAULT true,
    born date DEFAULT CURRENT_DATE,
    path text DEFAULT E'a\\b',
    key uuid DEFAULT gen_random_uuid(),
    later timestamptz DEFAULT (now()+interval'1 day'),
    code char(3) DEFAULT 'abc',
    kinds mood[] DEFAULT '{}',
    short email DEFAULT 'a@b',
    low2 numeric DEFAULT -1.5,
    own text DEFAULT own_default(),
    small smallint DEFAULT 0,
    at timestamp(3) with time zone,
    "real" real DEFAULT 0.5,
    span tstzrange,
    flag bit(4),
    parent int,
    CONSTRAINT order_parent_fkey FOREIGN KEY (parent)
    REFERENCES "us ers" ("the id"),
    CONSTRAINT order_pkey PRIMARY KEY ("select", "a % b")
);

-- A table made in this transaction is nobody else's yet: plain CREATE INDEX locks no one out.
CREATE INDEX order_parent_idx ON "order" (parent);

DO $body1$
DECLARE
    target regclass := to_regclass(format('%I.%I', current_schema(), 'order'));
    missing text;
BEGIN
    SELECT string_agg(wanted.line, '; ') INTO missing
    FROM (
        VALUES
            ('column select uuid not null'),
            ('column a % b integer not null'),
            ('column Größe text default ''it''''s'''),
            (format('column x$$y %s not null default %s', 'mood'::regtype, quote_literal('so so'::mood))),
            (format('column wait interval default %s', quote_literal('24 hours'::interval))),
            (format('column extra jsonb not null default %s', quote_literal('{"a":1}'::jsonb))),
            (format('column tags text[] not null default %s', quote_literal('{}'::text[]))),
            ('column low integer default ''-1'''),
            ('column rate double precision default 1.5'),
            ('column big bigint default ''3000000000'''),
            ('column ok boolean not null default true'),
            ('column born date default CURRENT_DATE'),
            (E'column path text default ''a\\b'''),
            ('column key uuid default gen_random_uuid()'),
            (format('column later timestamp with time zone default %s', (SELECT regexp_replace(pg_get_expr(adbin, adrelid), '::[^'']+$', '') FROM pg_attrdef JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum WHERE adrelid = target AND attname = 'later'))),
            ('column code character(3) default ''abc'''),
            (format('column kinds %s default %s', 'mood[]'::regtype, quote_literal('{}'::mood[]))),
            (format('column short %s default %s', 'email'::regtype, quote_literal('a@b'::email))),
            ('column low2 numeric default ''-1.5'''),
            (format('column own text default %s', 'own_default()'::regprocedure)),
            ('column small smallint default 0'),
            ('column at timestamp(3) with time zone'),
            ('column real real default 0.5'),
            (format('column span %s', 'tstzrange'::regtype)),
            ('column flag bit(4)'),
            ('column parent integer'),
            (format('constraint order_pkey PRIMARY KEY (%I, %I)', 'select', 'a % b')),
            (format('constraint order_parent_fkey FOREIGN KEY (parent) REFERENCES %s(%I)', to_regclass(format('%I.%I', current_schema(), 'us ers')), 'the id')),
            (format('CREATE INDEX order_parent_idx ON %I.%I USING btree (parent)', current_schema(), 'order'))
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
        RAISE EXCEPTION 'table order in schema % lacks: %', current_schema(), missing;
    END IF;
END
$body1$;

COMMIT;
