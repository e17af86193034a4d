-- Migration: 019_rollback_sizes
-- Description: rollback sizes

BEGIN;

ALTER TABLE products ADD COLUMN "größe" text;
COMMENT ON COLUMN products."größe" IS 'S, M, L – „–“ für keine';
UPDATE products SET "größe" = 'L' WHERE title LIKE '%Größe L%';

COMMIT;
