-- AlterTable
ALTER TABLE customers ADD COLUMN revision integer NOT NULL DEFAULT 0;

CREATE FUNCTION count_revision() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    -- one more; the caller does not see it
    NEW.revision := OLD.revision + 1;
    RETURN NEW;
END;
$$;

CREATE TRIGGER customers_revision
    BEFORE UPDATE ON customers
    FOR EACH ROW
    EXECUTE FUNCTION count_revision();
