-- Rollback: 005_seed_products

BEGIN;

DELETE FROM stock;
DELETE FROM warehouses WHERE id IN (1, 2);
DELETE FROM products WHERE id IN (1, 2, 3, 4);

DELETE FROM schema_migrations WHERE version = '005_seed_products';

COMMIT;
