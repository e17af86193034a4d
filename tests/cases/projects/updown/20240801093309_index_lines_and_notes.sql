-- Migration: index lines and notes
-- Created: 2024-08-01

-- UP

-- no lock on a table that is written to
CREATE INDEX CONCURRENTLY order_lines_product_id_idx ON order_lines (product_id);

-- DOWN
DROP INDEX CONCURRENTLY order_lines_product_id_idx;
