CREATE SCHEMA app;
CREATE TYPE app.mood AS ENUM ('sad', 'ok');
CREATE DOMAIN app.pos AS int CHECK (VALUE > 0);
CREATE TYPE app.pair AS (a int, b text);
CREATE TABLE app.t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL DEFAULT 'x', size int,
  up text GENERATED ALWAYS AS (upper(name)) STORED, CONSTRAINT size CHECK (size > 0), CONSTRAINT named CHECK (name <> ''));
CREATE INDEX by_name ON app.t (name);
CREATE VIEW app.v AS SELECT id, name FROM app.t;
CREATE MATERIALIZED VIEW app.mv AS SELECT count(*) AS n FROM app.t;
CREATE FUNCTION app.f(a int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
  a := a + 1;
  a := a * 2;
  RETURN a;
END $$;
CREATE PROCEDURE app.pr() LANGUAGE plpgsql AS 'BEGIN END';
CREATE FUNCTION app.tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER tr BEFORE UPDATE ON app.t FOR EACH ROW EXECUTE FUNCTION app.tf();
CREATE SEQUENCE app.s;
CREATE TABLE app.log (at date NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE app.log_2026 PARTITION OF app.log FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE app.log_2027 PARTITION OF app.log FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
CREATE TRIGGER seen BEFORE INSERT ON app.log FOR EACH ROW EXECUTE FUNCTION app.tf();
CREATE TABLE app.line (of_t bigint REFERENCES app.t);
CREATE TABLE app.secret (owner text, x int, y int);
CREATE POLICY own ON app.secret USING (owner = current_user);
ALTER TABLE app.secret ENABLE ROW LEVEL SECURITY;
CREATE RULE r AS ON DELETE TO app.secret DO INSTEAD NOTHING;
CREATE STATISTICS app.st ON x, y FROM app.secret;
CREATE FUNCTION app.ev() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER ev ON ddl_command_end WHEN TAG IN ('CREATE AGGREGATE') EXECUTE FUNCTION app.ev();
GRANT SELECT ON app.t TO PUBLIC;
GRANT UPDATE ON app.t TO pg_monitor;
COMMENT ON TABLE app.t IS 'things';
