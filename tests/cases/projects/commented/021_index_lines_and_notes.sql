-- Migration 021: index lines and notes

CREATE INDEX order_lines_product_id_idx ON order_lines (product_id);

-- Down migration
-- DROP INDEX order_lines_product_id_idx;
