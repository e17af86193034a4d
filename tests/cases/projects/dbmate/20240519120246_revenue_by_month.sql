-- migrate:up
CREATE MATERIALIZED VIEW revenue AS
SELECT date_trunc('month', paid_on::timestamp)::date AS month, sum(amount) AS amount
  FROM payments
 GROUP BY 1
  WITH NO DATA;
CREATE UNIQUE INDEX revenue_month_idx ON revenue (month);
REFRESH MATERIALIZED VIEW revenue;

-- migrate:down
DROP MATERIALIZED VIEW revenue;
