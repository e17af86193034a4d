-- +goose NO TRANSACTION
-- +goose Up
CREATE INDEX CONCURRENTLY order_lines_product_id_idx ON order_lines (product_id);
CREATE INDEX CONCURRENTLY orders_note_idx ON orders (note)
    WHERE note IS NOT NULL;
-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_index WHERE NOT indisvalid) THEN
        RAISE EXCEPTION 'an index is not valid';
    END IF;
END;
$$;
-- +goose StatementEnd
COMMENT ON INDEX orders_note_idx IS 'für die Suche';

-- +goose Down
DROP INDEX CONCURRENTLY orders_note_idx;
DROP INDEX CONCURRENTLY order_lines_product_id_idx;
