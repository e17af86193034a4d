-- +goose NO TRANSACTION
-- +goose Up
ALTER TYPE order_status ADD VALUE IF NOT EXISTS 'returned';
UPDATE orders SET status = 'returned' WHERE note IS NULL;
ALTER TABLE orders ADD COLUMN total numeric(12, 2);
-- +goose StatementBegin
DO $do$
DECLARE
    found record;
BEGIN
    FOR found IN SELECT order_id, total FROM order_totals ORDER BY order_id LOOP
        UPDATE orders SET total = found.total WHERE id = found.order_id;
        COMMIT;
    END LOOP;
END
$do$;
-- +goose StatementEnd

-- +goose Down
ALTER TABLE orders DROP COLUMN total;
UPDATE orders SET status = 'new' WHERE status = 'returned';
