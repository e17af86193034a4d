-- migrate:up
CREATE OR REPLACE FUNCTION place_order(buyer bigint, product integer, pieces integer DEFAULT 1)
RETURNS bigint
LANGUAGE plpgsql
SET search_path = public
AS $body$
DECLARE
    made bigint;
BEGIN
    EXECUTE $$INSERT INTO orders (customer_id, ordered_on) VALUES ($1, DATE '2024-03-01') RETURNING id;$$
       INTO made
      USING buyer;
    INSERT INTO order_lines (order_id, line, product_id, quantity, price)
    SELECT made, 1, p.id, pieces, p.price FROM products p WHERE p.id = product;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no product %; see $$products$$', product;
    END IF;
    RETURN made;
END;
$body$;

SELECT place_order(id, 2, 3) FROM customers WHERE email = 'zoe@example.org';

-- migrate:down
DELETE FROM orders WHERE ordered_on = DATE '2024-03-01';
DROP FUNCTION place_order(bigint, integer, integer);
