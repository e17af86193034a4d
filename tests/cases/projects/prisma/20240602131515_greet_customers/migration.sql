-- CreateTable
CREATE TABLE greetings (
    locale char(2) PRIMARY KEY,
    greeting text NOT NULL
);
INSERT INTO greetings VALUES ('de', 'Grüß Gott,
schönen Tag!'), ('en', 'Hello; hello');
CREATE FUNCTION greet(wanted text) RETURNS text
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (SELECT greeting FROM greetings WHERE locale = wanted);
END;
$$;
