-- Migration 022: rename stock amount

ALTER TABLE stock RENAME COLUMN amount TO quantity;
CREATE VIEW stock_by_town (town, pieces) AS
SELECT w.town, sum(s.quantity) FROM stock s JOIN warehouses w ON w.id = s.warehouse_id GROUP BY w.town;
CREATE RULE stock_is_kept AS ON DELETE TO warehouses DO ALSO
    UPDATE stock SET quantity = 0 WHERE warehouse_id = OLD.id;

-- Down migration
-- DROP RULE stock_is_kept ON warehouses;
-- DROP VIEW stock_by_town;
-- ALTER TABLE stock RENAME COLUMN quantity TO amount;
--
-- VALUES ('bye');