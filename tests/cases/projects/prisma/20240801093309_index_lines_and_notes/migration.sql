-- CreateIndex
CREATE INDEX CONCURRENTLY order_lines_product_id_idx ON order_lines (product_id);
