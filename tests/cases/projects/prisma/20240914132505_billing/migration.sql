CREATE SCHEMA billing;

-- CreateTable
CREATE TABLE billing.invoices (
    number bigint PRIMARY KEY,
    order_id bigint NOT NULL REFERENCES public.orders,
    sent_on date,
    text text NOT NULL DEFAULT 'Vielen Dank für Ihren Einkauf!'
);
INSERT INTO billing.invoices (number, order_id)
SELECT invoice_number, id FROM orders WHERE invoice_number IS NOT NULL;
CREATE VIEW billing.unsent AS SELECT number FROM billing.invoices WHERE sent_on IS NULL;
