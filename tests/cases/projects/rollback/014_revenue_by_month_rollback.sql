DROP MATERIALIZED VIEW revenue;
DELETE FROM schema_migrations WHERE version = '014_revenue_by_month';
