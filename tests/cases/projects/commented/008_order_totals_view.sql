-- Migration 008: order totals view

CREATE VIEW order_totals AS
SELECT o.id AS order_id,
       o.customer_id,
       coalesce(sum(l.quantity * l.price), 0) AS total
  FROM orders o
  LEFT JOIN order_lines l ON l.order_id = o.id
 GROUP BY o.id;

COMMENT ON VIEW order_totals IS 'What an order costs; nothing for one without lines';

-- Down migration:
/*
DROP VIEW order_totals;
*/
