-- +goose Up
ALTER TABLE orders ADD CONSTRAINT orders_not_before_opening CHECK (ordered_on >= DATE '2024-01-01') NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT orders_not_before_opening; -- reads all of it; be patient
ALTER TABLE order_lines ADD CONSTRAINT order_lines_price_positive CHECK (price > 0);

-- +goose Down
ALTER TABLE order_lines DROP CONSTRAINT order_lines_price_positive;
ALTER TABLE orders DROP CONSTRAINT orders_not_before_opening;
