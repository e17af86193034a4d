DROP VIEW billing.unsent;
DROP TABLE billing.invoices;
DROP SCHEMA billing;
