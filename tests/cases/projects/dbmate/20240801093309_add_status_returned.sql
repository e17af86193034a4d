-- migrate:up transaction:false
-- A new value can be used only once it is committed.
BEGIN;
ALTER TYPE order_status ADD VALUE IF NOT EXISTS 'returned';
COMMIT;
UPDATE orders SET status = 'returned' WHERE note IS NULL;

-- migrate:down transaction:false
UPDATE orders SET status = 'new' WHERE status = 'returned';
