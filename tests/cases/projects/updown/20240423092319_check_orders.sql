-- Migration: check orders
-- Created: 2024-04-23

-- UP
-- up to now nothing kept anybody from that
ALTER TABLE orders ADD CONSTRAINT orders_not_before_opening CHECK (ordered_on >= DATE '2024-01-01') NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT orders_not_before_opening;
ALTER TABLE order_lines ADD CONSTRAINT order_lines_price_positive CHECK (price > 0);

-- DOWN
ALTER TABLE order_lines DROP CONSTRAINT order_lines_price_positive;
ALTER TABLE orders DROP CONSTRAINT orders_not_before_opening;
