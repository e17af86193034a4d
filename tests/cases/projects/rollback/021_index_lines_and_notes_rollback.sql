-- Rollback: 021_index_lines_and_notes

BEGIN;

DROP INDEX order_lines_product_id_idx;

DELETE FROM schema_migrations WHERE version = '021_index_lines_and_notes';

COMMIT;
