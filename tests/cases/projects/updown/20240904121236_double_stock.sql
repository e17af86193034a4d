-- Migration: double stock
-- Created: 2024-09-04

-- UP
UPDATE stock SET quantity = quantity * 2;
INSERT INTO greetings (locale, greeting) VALUES ('fr', 'Ça va ?'), ('pl', 'Cześć!');

-- DOWN
DELETE FROM greetings WHERE locale IN ('fr', 'pl');
UPDATE stock SET quantity = quantity / 2;
