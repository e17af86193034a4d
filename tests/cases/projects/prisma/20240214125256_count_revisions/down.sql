DROP TRIGGER customers_revision ON customers;
DROP FUNCTION count_revision();
ALTER TABLE customers DROP COLUMN revision;
