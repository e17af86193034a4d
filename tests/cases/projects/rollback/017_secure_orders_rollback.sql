-- Rollback: 017_secure_orders

BEGIN;

REVOKE SELECT ON products FROM PUBLIC;
DROP POLICY orders_of_the_customer ON orders;
ALTER TABLE orders DISABLE ROW LEVEL SECURITY;

DELETE FROM schema_migrations WHERE version = '017_secure_orders';

COMMIT;
