-- Migration: sizes
-- Created: 2024-07-15

-- UP
ALTER TABLE products ADD COLUMN "größe" text;
COMMENT ON COLUMN products."größe" IS 'S, M, L – „–“ für keine';
UPDATE products SET "größe" = 'L' WHERE title LIKE '%Größe L%';

-- DOWN
ALTER TABLE products DROP COLUMN "größe";
