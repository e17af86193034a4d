-- +goose Up
UPDATE stock SET quantity = quantity * 2;
INSERT INTO greetings (locale, greeting) VALUES ('fr', 'Ça va ?'), ('pl', 'Cześć!');

-- +goose Down
DELETE FROM greetings WHERE locale IN ('fr', 'pl');
UPDATE stock SET quantity = quantity / 2;
