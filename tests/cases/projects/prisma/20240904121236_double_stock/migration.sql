UPDATE stock SET quantity = quantity * 2;
INSERT INTO greetings (locale, greeting) VALUES ('fr', 'Ça va ?'), ('pl', 'Cześć!');
