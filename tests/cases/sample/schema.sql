CREATE SCHEMA "Odd ""schema";
CREATE TYPE mood AS ENUM ('sad', 'it''s ok', 'very "happy"');
CREATE TYPE pair AS (label text, amount numeric(6, 2));
CREATE TYPE span AS RANGE (subtype = int4);
CREATE DOMAIN postal AS text CHECK (VALUE ~ '^[0-9]{5}$');
CREATE DOMAIN share AS numeric(5, 2) NOT NULL CHECK (VALUE >= 0 AND VALUE <= 100);
CREATE DOMAIN even AS integer CHECK (VALUE % 2 = 0);

CREATE TABLE everything (
    id bigserial PRIMARY KEY, ident int GENERATED ALWAYS AS IDENTITY, twice int GENERATED ALWAYS AS (small * 2) STORED,
    small smallint NOT NULL, big bigint, fixed numeric(4, 1), free numeric, real4 real, real8 double precision, cash money,
    yes boolean NOT NULL DEFAULT true, words text, letters varchar(7), flag char(2) NOT NULL, bytes bytea, day date NOT NULL,
    moment timestamp, instant timestamptz NOT NULL DEFAULT now(), hour time, hour_tz timetz, length interval,
    key uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE, doc jsonb NOT NULL DEFAULT '{}', doc2 json, host inet, net cidr, mac macaddr,
    bits bit(4), more_bits bit varying(9), search tsvector, spot point, mood mood NOT NULL,
    moods mood[], tags text[] NOT NULL, lengths int4range, days daterange NOT NULL, instants tstzrange, many int4multirange,
    custom span, pair pair, postal postal NOT NULL, share share, even even NOT NULL, kind text NOT NULL DEFAULT 'standard'
);
CREATE TABLE "Odd ""schema"."Odd ""table" (
    "Key ""one" int, "Key two" text, "a,b" text NOT NULL, PRIMARY KEY ("Key ""one", "Key two")
);
CREATE TABLE customers (
    id uuid PRIMARY KEY, email varchar(60) NOT NULL UNIQUE CHECK (email ~* '^[^@ ]+@[^@ ]+\.[a-z]+$' AND email = lower(email)),
    name text NOT NULL CHECK (length(btrim(name)) > 0), phone text, city text, country_code char(2), website text,
    score int CHECK (score BETWEEN 1 AND 5), state text NOT NULL CHECK (state IN ('new', 'active', 'gone')),
    left_at timestamptz, created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL,
    CHECK ((left_at IS NULL) <> (state = 'gone')), CHECK (updated_at >= created_at)
);
CREATE UNIQUE INDEX customers_lower_name ON customers (lower(name), city) WHERE state = 'new';
CREATE TABLE profiles (customer_id uuid PRIMARY KEY REFERENCES customers, bio text NOT NULL, birth_date date);
CREATE TABLE items (
    sku text PRIMARY KEY CHECK (sku ~ '^[A-Z]{3}-[0-9]{4}$'), price numeric(8, 2) NOT NULL CHECK (price > 0),
    cost numeric(8, 2) NOT NULL, qty int NOT NULL CHECK (qty >= 0 AND qty <> 13), slug text UNIQUE,
    first_on date NOT NULL, last_on date, CHECK (cost < price), CHECK (last_on > first_on), CHECK (char_length(slug) <= 20)
);
CREATE TABLE orders (
    customer_id uuid NOT NULL REFERENCES customers, number int NOT NULL, item text NOT NULL REFERENCES items,
    by_mail text, by_phone text, CHECK (num_nonnulls(by_mail, by_phone) = 1), PRIMARY KEY (customer_id, number)
);
CREATE TABLE notes (
    id int PRIMARY KEY, customer_id uuid NOT NULL, number int, item text REFERENCES items, body text NOT NULL,
    FOREIGN KEY (customer_id, number) REFERENCES orders, FOREIGN KEY (customer_id) REFERENCES customers,
    CHECK (item IS NULL OR number IS NULL)
);
CREATE TABLE folders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, parent_id int REFERENCES folders, name text NOT NULL);
CREATE TABLE nodes (id int PRIMARY KEY, root_id int NOT NULL REFERENCES nodes);
CREATE TABLE teams (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, lead_id int);
CREATE TABLE people (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, team_id int NOT NULL REFERENCES teams, full_name text NOT NULL);
ALTER TABLE teams ADD FOREIGN KEY (lead_id) REFERENCES people;
CREATE TABLE hens (id int PRIMARY KEY, egg_id int NOT NULL);
CREATE TABLE eggs (id int PRIMARY KEY, hen_id int NOT NULL REFERENCES hens DEFERRABLE);
ALTER TABLE hens ADD FOREIGN KEY (egg_id) REFERENCES eggs DEFERRABLE;
CREATE TABLE links (from_id int REFERENCES folders, to_id int REFERENCES folders, PRIMARY KEY (from_id, to_id), CHECK (from_id <> to_id));
CREATE TABLE events (at timestamptz NOT NULL, region text NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2019-01-01 00:00+00') TO ('2019-02-01 00:00+00');
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2019-05-01 00:00+00') TO ('2019-06-01 00:00+00') PARTITION BY LIST (region);
CREATE TABLE events_2a PARTITION OF events_2 FOR VALUES IN ('eu', 'us');
CREATE TABLE hashed (id int PRIMARY KEY, v text) PARTITION BY HASH (id);
CREATE TABLE hashed_0 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE hashed_1 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE settings (only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one), theme text);
CREATE TABLE jobs (id int PRIMARY KEY, kind text NOT NULL, started timestamptz, result int,
    CHECK ((kind = 'wait' AND started IS NULL AND result IS NULL) OR (kind = 'done' AND started IS NOT NULL AND result > 0)));
CREATE TABLE flags (yes boolean NOT NULL UNIQUE, number int NOT NULL CHECK (number % 3 = 0));
