-- +goose Up
ALTER TABLE customers ADD COLUMN revision integer NOT NULL DEFAULT 0;

-- +goose StatementBegin
CREATE FUNCTION count_revision() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    -- one more; the caller does not see it
    NEW.revision := OLD.revision + 1;
    RETURN NEW;
END;
$$;
-- +goose StatementEnd

CREATE TRIGGER customers_revision
    BEFORE UPDATE ON customers
    FOR EACH ROW
    EXECUTE FUNCTION count_revision();

-- +goose Down
DROP TRIGGER customers_revision ON customers;
DROP FUNCTION count_revision();
ALTER TABLE customers DROP COLUMN revision;
