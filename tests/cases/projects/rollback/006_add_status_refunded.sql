-- Migration: 006_add_status_refunded
-- Description: add status refunded

BEGIN;

ALTER TYPE order_status ADD VALUE IF NOT EXISTS 'refunded' AFTER 'paid';

COMMIT;
