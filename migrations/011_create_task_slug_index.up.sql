-- Version: 011
-- Description: Find a task by its slug, and keep slugs unique within a plan
-- Author: The migratekit authors
-- Date: 2026-11-21
-- Dependencies: 007
--
-- CONCURRENTLY lets writes go on and cannot run in a transaction, so it is alone in its file: no BEGIN and
-- no validation, which 012 makes up for. No IF NOT EXISTS: a failed build leaves an INVALID index of this
-- name, and that must be seen, not skipped.
-- squawk-ignore-file prefer-robust-stmts

CREATE UNIQUE INDEX CONCURRENTLY tasks_plan_id_slug_idx ON tasks (plan_id, slug);
