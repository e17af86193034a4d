-- migrate:up
CREATE DOMAIN email_address AS text CHECK (VALUE LIKE '%_@_%');
ALTER TABLE customers ALTER COLUMN email TYPE email_address;
CREATE SEQUENCE invoice_numbers START WITH 1000 INCREMENT BY 10;
ALTER TABLE orders ADD COLUMN invoice_number bigint UNIQUE;
UPDATE orders SET invoice_number = nextval('invoice_numbers') WHERE status = 'paid';

-- migrate:down
ALTER TABLE orders DROP COLUMN invoice_number;
DROP SEQUENCE invoice_numbers;
ALTER TABLE customers ALTER COLUMN email TYPE text;
DROP DOMAIN email_address;
