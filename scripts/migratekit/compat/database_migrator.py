"""`DatabaseMigrator()` and `migrate.py --action=…`, whose versions are the names of the files."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..api.migrator import Migrator
from ..api.results import Migration, Progress
from ..errors import ExitCode, MigratekitError, Refused, UsageError
from ..redaction import redact

_TOLD = frozenset({"finished", "waiting", "retrying", "alarm"})


class DatabaseMigrator:
    """The migrations of the folder `path`, on the database of DB_HOST … DB_PASSWORD, DB_CONNECTION_NAME or a URL."""

    def __init__(self, database: Any = None, path: str | Path = "migrations", **options: Any) -> None:
        self._migrator = Migrator(database, path, **options)

    def migrate_up(self) -> list[str]:
        """Applies what is pending; the names of what was applied. A MigratekitError says why not."""
        names = self._names()
        return [names[each.version] for each in self._migrator.up().ran]

    def get_status(self) -> dict[str, Any]:
        """The names of what is applied and of what is pending, and of the version that the database is at."""
        status = self._migrator.status()
        applied = [name_of(each) for each in status.migrations if each.state not in ("pending", "missed")]
        pending = [name_of(each) for each in status.pending]
        at = next((name_of(each) for each in status.migrations if each.version == status.version), None)
        return {"version": at, "dirty": status.dirty, "applied": applied, "pending": pending}

    def migrate_down(self, version: str | int) -> str:
        """Undoes a migration, the latest, named as its file is or by its number; Refused if it is another."""
        wanted = self._number(str(version))
        names = self._names()
        self._migrator.down(latest=wanted)
        return names[wanted]

    def _names(self) -> dict[int, str]:
        return {each.version: name_of(each) for each in self._migrator.status().migrations}

    def _number(self, version: str) -> int:
        found = [number for number, name in self._names().items() if version in (name, str(number))]
        digits = version.partition("_")[0]
        if not found and digits == version and digits.isdecimal():
            found = [int(digits)]
        if not found:
            raise Refused(f"no migration is called {version}", hint="`--action=status` lists them")
        return found[0]


def name_of(migration: Migration) -> str:
    """A migration as its file is called, without the ending: 003_add_x."""
    if migration.path is None:
        return f"{migration.version}_{migration.name}"
    return migration.path.name.removesuffix(".sql").removesuffix(".up")


def main(arguments: Sequence[str] | None = None) -> int:
    """Does what `migrate.py --action=up|status|down --migration=NAME` asks for; the exit code."""
    try:
        options = _parser().parse_args(arguments)
        action = options.action or options.verb
        migrator = DatabaseMigrator(path=options.path, on_progress=_show)
        if action == "up":
            applied = migrator.migrate_up()
            print(f"{len(applied)} applied" if applied else "nothing to do")
        elif action == "down":
            if not options.migration:
                raise UsageError("down needs --migration=NAME", hint="the latest; `--action=status` lists them")
            print(f"{migrator.migrate_down(options.migration)} undone")
        else:
            _print(migrator.get_status())
    except MigratekitError as error:
        if os.environ.get("DEBUG", "").lower() in ("1", "true", "yes"):
            raise
        print(redact(f"error: {error}" + (f"\n  hint: {error.hint}" if error.hint else "")), file=sys.stderr)
        return error.exit_code
    return ExitCode.DONE


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        raise UsageError(message, hint="--help shows what there is")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="migrate.py", description="Migrations whose versions are the names of their files.")
    actions = ("up", "status", "down")
    parser.add_argument("verb", nargs="?", choices=actions, default="status", help="the same as --action")
    parser.add_argument("--action", choices=actions, help="apply what is pending, show it, or undo the latest")
    parser.add_argument("--migration", "--version", metavar="NAME", help="the file that `down` undoes, the latest")
    parser.add_argument("--path", default="migrations", metavar="DIR", help="folder of the files (migrations)")
    return parser


def _show(progress: Progress) -> None:
    if progress.event in _TOLD:
        print(redact(progress.message), file=sys.stderr)


def _print(status: dict[str, Any]) -> None:
    for state in ("applied", "pending"):
        for name in status[state]:
            print(f"{state:<8} {name}")
    dirty = ", dirty: `migratekit repair` finds out what is there" if status["dirty"] else ""
    print(f"the database is at {status['version'] or 'no version'}{dirty}; {len(status['pending'])} pending")


if __name__ == "__main__":
    sys.exit(main())
