-- Migration: 021_index_lines_and_notes
-- Description: index lines and notes

BEGIN;

CREATE INDEX order_lines_product_id_idx ON order_lines (product_id);

COMMIT;
