"""Jobs that commit as they go, backfills and clean-ups: made, stopped, and gone on with."""

import os
import signal
import subprocess
from pathlib import Path

from migratekit.errors import ExitCode
from outcomes import good
from runs import finish
from support import Project, TestDatabase, wait_for

TABLE = """
    CREATE TABLE users (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text, email_lower text, updates int NOT NULL DEFAULT 0
    );
    CREATE FUNCTION count_updates() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.updates := OLD.updates + 1;
        RETURN NEW;
    END
    $$;
    CREATE TRIGGER count_updates BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION count_updates();
"""
DONE = "SELECT count(*) FROM users WHERE email_lower = lower(email)"
NOT_ONCE = "SELECT count(*) FROM users WHERE email_lower IS DISTINCT FROM lower(email) OR updates <> 1"


def users(database: TestDatabase, rows: int) -> None:
    database.rows(TABLE)
    database.rows(f"INSERT INTO users (email) SELECT 'User' || n FROM generate_series(1, {rows}) AS n")


def job(project: Project, name: str, *words: str, **inputs: str) -> Path:
    """Creates the migration; its up file."""
    given = {"pause": "0", **inputs}
    settings = [word for key, text in given.items() for word in ("--set", f"{key}={text}")]
    good(project.migratekit("create", name, *words, *settings))
    return project.migrations / f"001_{name}.up.sql"


def backfill(project: Project, **inputs: str) -> Path:
    """One of the column email_lower of `users`."""
    return job(project, "backfill_users_email_lower", "--table", "users", **{"value": "lower(email)", **inputs})


def only_rounds(path: Path, rounds: int) -> None:
    """Has the job give up early on what others lock."""
    text = path.read_text()
    assert "IN 1..60 LOOP" in text
    path.write_text(text.replace("IN 1..60 LOOP", f"IN 1..{rounds} LOOP"))


def killed(process: "subprocess.Popen[str]", database: TestDatabase) -> None:
    """Kills a run and waits until the server has noticed; others may be at work meanwhile."""
    os.kill(process.pid, signal.SIGKILL)
    finish(process)
    runs = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name ~ '^migrate'"
    wait_for(lambda: not database.rows(runs), "the session of the run to end")


def mended(project: Project) -> None:
    done = project.migratekit("repair", "--yes")
    assert done.returncode == ExitCode.DONE, done.stderr
