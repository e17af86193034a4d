-- Migration: backfill order totals
-- Created: 2024-07-25

-- UP
ALTER TABLE orders ADD COLUMN total numeric(12, 2);

DO $do$
DECLARE
    found record;
BEGIN
    FOR found IN SELECT order_id, total FROM order_totals LOOP
        UPDATE orders SET total = found.total WHERE id = found.order_id;
    END LOOP;
    IF EXISTS (SELECT FROM orders WHERE total IS NULL) THEN
        RAISE EXCEPTION 'orders without a total';
    END IF;
END
$do$;

ALTER TABLE orders ALTER COLUMN total SET NOT NULL;
ALTER TABLE orders ALTER COLUMN total SET DEFAULT 0;

-- DOWN
ALTER TABLE orders DROP COLUMN total;
