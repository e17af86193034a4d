DROP INDEX products_words_idx;
ALTER TABLE products DROP COLUMN words;
