-- Rollback: 023_search_products

BEGIN;

DROP INDEX products_words_idx;
ALTER TABLE products DROP COLUMN words;

DELETE FROM schema_migrations WHERE version = '023_search_products';

COMMIT;
