-- Migration: 023_search_products
-- Description: search products

BEGIN;

ALTER TABLE products ADD COLUMN words tsvector
    GENERATED ALWAYS AS (to_tsvector('simple', title)) STORED;
CREATE INDEX products_words_idx ON products USING gin (words);

COMMIT;
