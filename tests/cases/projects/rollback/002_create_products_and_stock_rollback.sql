-- Rollback: 002_create_products_and_stock

BEGIN;

DROP TABLE stock;
DROP TABLE warehouses;
DROP TABLE products;

DELETE FROM schema_migrations WHERE version = '002_create_products_and_stock';

COMMIT;
