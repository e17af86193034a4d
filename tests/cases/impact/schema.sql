-- What the statements beside are tried on.
CREATE SCHEMA app; CREATE SCHEMA other;
SET search_path = app, public;
CREATE DOMAIN word AS text;
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TABLE owner (id int PRIMARY KEY, name text, code int UNIQUE);
CREATE TABLE item (
    id serial PRIMARY KEY, owner_id int CONSTRAINT item_owner REFERENCES owner ON DELETE CASCADE,
    a int, b text NOT NULL, v varchar(10), n numeric(8, 2), ts timestamp, tz timestamptz, w word, m positive,
    CONSTRAINT a_known CHECK (a IS NOT NULL)
);
CREATE TABLE line (id int PRIMARY KEY, item_id int CONSTRAINT line_item REFERENCES item (id));
CREATE INDEX item_a ON item (a);
CREATE UNIQUE INDEX item_b ON item (b);
CREATE TRIGGER item_note BEFORE UPDATE ON item FOR EACH ROW EXECUTE FUNCTION note();
CREATE STATISTICS item_stats ON a, owner_id FROM item;
CREATE POLICY item_policy ON item;
CREATE RULE item_rule AS ON DELETE TO item DO ALSO NOTHING;
ALTER TABLE item ADD CONSTRAINT later CHECK (a < 100) NOT VALID;
ALTER TABLE line ADD CONSTRAINT line_later FOREIGN KEY (item_id) REFERENCES item NOT VALID;
CREATE TABLE part (id int NOT NULL, owner_id int CONSTRAINT part_owner REFERENCES owner, b text) PARTITION BY RANGE (id);
CREATE TABLE part1 PARTITION OF part FOR VALUES FROM (1) TO (10);
CREATE TABLE part2 PARTITION OF part FOR VALUES FROM (10) TO (20);
CREATE TABLE part_rest PARTITION OF part DEFAULT;
CREATE INDEX part_b ON part (b);
CREATE TABLE loose (id int NOT NULL, owner_id int, b text);
CREATE TABLE base (id int, b text);
CREATE TABLE derived (x int) INHERITS (base);
CREATE VIEW shown AS SELECT id, b FROM item;
CREATE VIEW shown_again AS SELECT b FROM shown;
CREATE MATERIALIZED VIEW kept AS SELECT id, b FROM item;
CREATE UNIQUE INDEX kept_id ON kept (id);
CREATE SEQUENCE counter;
CREATE UNLOGGED TABLE light (id int);
INSERT INTO owner VALUES (1, 'x', 1), (2, 'y', 2);
INSERT INTO item (owner_id, a, b, v, n, m) VALUES (1, 1, 'a', 'v', 1, 1), (1, 2, 'b', 'w', 2, 2);
INSERT INTO line VALUES (1, 1);
INSERT INTO part VALUES (1, 1, 'a'), (11, 1, 'b'), (50, 1, 'c');
INSERT INTO loose VALUES (25, 1, 'd');
CREATE SCHEMA side; CREATE TABLE side.item (id int); 
CREATE PUBLICATION items FOR TABLE app.item;
CREATE TABLE app.month (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE app.month1 PARTITION OF app.month FOR VALUES FROM (1) TO (10);
CREATE TABLE app.month2 PARTITION OF app.month FOR VALUES FROM (10) TO (20);
CREATE TABLE app.day (id int, month_id int CONSTRAINT day_month REFERENCES app.month);
CREATE TABLE app.coming (id int PRIMARY KEY);
CREATE VIEW app.named AS SELECT * FROM app.owner;
CREATE UNIQUE INDEX light_id ON app.light (id);
CREATE TABLE app.sum (a int, total int GENERATED ALWAYS AS (a + 1) STORED, "Größe" varchar(3));
INSERT INTO app.month VALUES (1), (11); INSERT INTO app.day VALUES (1, 1);
