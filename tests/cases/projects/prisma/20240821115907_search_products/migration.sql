-- AlterTable
ALTER TABLE products ADD COLUMN words tsvector
    GENERATED ALWAYS AS (to_tsvector('simple', title)) STORED;

-- CreateIndex
CREATE INDEX products_words_idx ON products USING gin (words);
