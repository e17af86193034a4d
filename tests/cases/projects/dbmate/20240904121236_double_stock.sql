-- migrate:up
UPDATE stock SET quantity = quantity * 2;
INSERT INTO greetings (locale, greeting) VALUES ('fr', 'Ça va ?'), ('pl', 'Cześć!');

-- migrate:down
DELETE FROM greetings WHERE locale IN ('fr', 'pl');
UPDATE stock SET quantity = quantity / 2;
