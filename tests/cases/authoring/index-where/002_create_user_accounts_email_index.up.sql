-- Version: 002
-- Description: Build the index user_accounts_email_idx on email of user_accounts
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: 001
-- Phase: expand
-- squawk-ignore-file prefer-robust-stmts
--
-- CONCURRENTLY lets writes go on and cannot run in a transaction, so it is alone in its file: no BEGIN and no
-- validation, which 003 makes up for. No IF NOT EXISTS: a failed build leaves an INVALID index of this
-- name, and that must be seen, not skipped.

CREATE INDEX CONCURRENTLY user_accounts_email_idx ON user_accounts USING hash (email)
WHERE (state <> 'gone' AND "email" IS NOT NULL);
