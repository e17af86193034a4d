-- +goose Up
ALTER TABLE products ADD COLUMN words tsvector
    GENERATED ALWAYS AS (to_tsvector('simple', title)) STORED;
CREATE INDEX products_words_idx ON products USING gin (words);

-- +goose Down
DROP INDEX products_words_idx;
ALTER TABLE products DROP COLUMN words;
