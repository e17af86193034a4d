-- Version: 001
-- Description: Build the index users_email_name_idx on email, name of users
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: None
-- Phase: expand
-- squawk-ignore-file prefer-robust-stmts
--
-- CONCURRENTLY lets writes go on and cannot run in a transaction, so it is alone in its file: no BEGIN and no
-- validation, which 002 makes up for. No IF NOT EXISTS: a failed build leaves an INVALID index of this
-- name, and that must be seen, not skipped.

CREATE INDEX CONCURRENTLY users_email_name_idx ON users (email, name);
