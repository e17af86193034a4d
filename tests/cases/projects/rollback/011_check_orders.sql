-- Migration: 011_check_orders
-- Description: check orders

BEGIN;

ALTER TABLE orders ADD CONSTRAINT orders_not_before_opening CHECK (ordered_on >= DATE '2024-01-01') NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT orders_not_before_opening;
ALTER TABLE order_lines ADD CONSTRAINT order_lines_price_positive CHECK (price > 0);

COMMIT;
