CREATE DOMAIN email_address AS text CHECK (VALUE LIKE '%_@_%');

-- AlterTable
ALTER TABLE customers ALTER COLUMN email TYPE email_address;
CREATE SEQUENCE invoice_numbers START WITH 1000 INCREMENT BY 10;

-- AlterTable
ALTER TABLE orders ADD COLUMN invoice_number bigint UNIQUE;
UPDATE orders SET invoice_number = nextval('invoice_numbers') WHERE status = 'paid';
