-- +goose Up
ALTER TYPE order_status ADD VALUE IF NOT EXISTS 'refunded' AFTER 'paid';

-- +goose Down
-- +goose StatementBegin
DO $$
BEGIN
    ALTER TYPE order_status RENAME TO order_status_old;
    CREATE TYPE order_status AS ENUM ('new', 'paid', 'shipped');
    ALTER TABLE orders ALTER COLUMN status DROP DEFAULT;
    ALTER TABLE orders ALTER COLUMN status TYPE order_status USING status::text::order_status;
    ALTER TABLE orders ALTER COLUMN status SET DEFAULT 'new';
    DROP TYPE order_status_old;
END;
$$;
-- +goose StatementEnd
