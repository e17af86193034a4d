-- Migration: 024_double_stock
-- Description: double stock

BEGIN;

UPDATE stock SET quantity = quantity * 2;
INSERT INTO greetings (locale, greeting) VALUES ('fr', 'Ça va ?'), ('pl', 'Cześć!');

COMMIT;
