-- Version: 003
-- Description: Build a unique index on slug of tasks
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: 002
-- Phase: expand
-- squawk-ignore-file prefer-robust-stmts
--
-- CONCURRENTLY lets writes go on and cannot run in a transaction, so it is alone in its file: no BEGIN and no
-- validation, which 004 makes up for. No IF NOT EXISTS: a failed build leaves an INVALID index of this
-- name, and that must be seen, not skipped.

CREATE UNIQUE INDEX CONCURRENTLY tasks_slug_key ON tasks (slug);
