-- migrate:up
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY orders_of_the_customer ON orders
    USING (customer_id = nullif(current_setting('shop.customer', true), '')::bigint);
GRANT SELECT ON products TO PUBLIC;

-- migrate:down
REVOKE SELECT ON products FROM PUBLIC;
DROP POLICY orders_of_the_customer ON orders;
ALTER TABLE orders DISABLE ROW LEVEL SECURITY;
