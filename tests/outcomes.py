"""What a call of `migratekit` gave, judged."""

import re
import select
import subprocess
from typing import IO

from migratekit.errors import ExitCode
from support import Project

Done = subprocess.CompletedProcess[str]
# A database that cannot be reached, for calls that must not try.
NOWHERE = "postgres://nobody@127.0.0.1:1/nothing"


def good(done: Done) -> list[str]:
    """The lines of a call that went well and had nothing to remark, without the times."""
    assert (done.returncode, done.stderr) == (ExitCode.DONE, "")
    return without_times(done.stdout)


def bad(done: Done, code: ExitCode) -> str:
    """What a call that failed says, on stderr alone: one error and one hint."""
    assert (done.returncode, done.stdout) == (code, "")
    assert "Traceback" not in done.stderr
    assert "fault of migratekit" not in done.stderr
    assert re.fullmatch(r"error: .+\n(?:  .*\n)*hint: .+\n", done.stderr), done.stderr
    return done.stderr


def without_times(text: str) -> list[str]:
    """The lines of a run without how long each migration took."""
    return [re.sub(r" +\d[\d.]* (ms|s|min \d+ s)$", "", line) for line in text.splitlines()]


def next_line(stream: IO[str] | None) -> str:
    """The next line that a running command writes; fails the test if none comes."""
    assert stream is not None
    assert select.select([stream], [], [], 30)[0], "the command says nothing"
    return stream.readline()


def write_three(project: Project) -> Project:
    """Three migrations that make the tables a, b and c."""
    for number, name in enumerate("abc", 1):
        project.write(
            {
                f"00{number}_create_{name}.up.sql": f"CREATE TABLE {name} (id int);",
                f"00{number}_create_{name}.down.sql": f"DROP TABLE {name};",
            }
        )
    return project
