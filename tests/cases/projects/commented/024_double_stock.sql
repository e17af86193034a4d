-- Migration 024: double stock

UPDATE stock SET quantity = quantity * 2;
INSERT INTO greetings (locale, greeting) VALUES ('fr', 'Ça va ?'), ('pl', 'Cześć!');

    -- Down migration
    -- DELETE FROM greetings WHERE locale IN ('fr', 'pl');
    -- UPDATE stock SET quantity = quantity / 2;
