CREATE SCHEMA "Odd ""Schema"; CREATE SCHEMA app;
CREATE TABLE "Odd ""Schema"."order | `details`" (id int PRIMARY KEY, "PK" text, "fk" "char", "a b" numeric(10,2)[], "ü" varchar(5), "1st" timestamp(3), "*" bit varying(3), "%%{init}" text UNIQUE);
CREATE TABLE "Odd ""Schema"."a%b" (id int REFERENCES "Odd ""Schema"."order | `details`" UNIQUE, "entity" text, "title" text);
CREATE TABLE "Odd ""Schema"."a_b" (id int NOT NULL REFERENCES "Odd ""Schema"."order | `details`");
CREATE TABLE app.erDiagram (id int REFERENCES "Odd ""Schema"."order | `details`", n int);
CREATE TABLE app."one -- two" (); CREATE TABLE app."}" (id int); CREATE TABLE app."
newline" (id int);
CREATE TYPE app."Mood|y" AS ENUM ('a|b', '`c`'); CREATE TABLE app.m (m app."Mood|y", n app."Mood|y"[]);
COMMENT ON TABLE app.m IS 'a | b
<script>alert(1)</script> _under_ snake_case [link](x) `code`'; COMMENT ON COLUMN app.m.m IS '| x *';
CREATE TABLE app.self (id int PRIMARY KEY, up int REFERENCES app.self);
CREATE TABLE app.parts (at date) PARTITION BY RANGE (at); CREATE TABLE app.parts_1 PARTITION OF app.parts DEFAULT;
CREATE VIEW app.v AS SELECT id, up FROM app.self; COMMENT ON VIEW app.v IS 'a view';
CREATE MATERIALIZED VIEW app.mv AS SELECT 1 AS one;
CREATE DOMAIN app.pos AS int NOT NULL CHECK (VALUE > 0);
CREATE FUNCTION app.f(a int DEFAULT 1, VARIADIC b text[] DEFAULT '{}') RETURNS SETOF app.self LANGUAGE sql BEGIN ATOMIC SELECT * FROM app.self; END;
CREATE PROCEDURE app.p() LANGUAGE sql BEGIN ATOMIC SELECT 1; END; COMMENT ON PROCEDURE app.p IS 'does it';
CREATE AGGREGATE app.total(int) (sfunc = int4pl, stype = int);
CREATE INDEX "by up" ON app.self (up) WHERE up > 0;
