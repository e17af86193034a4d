"""What the stories of several pages have in common: steps and checks of a walk through a page."""

import json
from collections.abc import Callable
from typing import Any

from former_tools import empty, use_former, write_files
from from_pages import Check, Says, Walk
from histories import states
from migratekit.errors import ExitCode


def does(walk: Walk, typed: str, check: Check = "") -> Callable[[str], bool]:
    """True once that command has run, and gave what it should."""
    return lambda _: walk.run(typed, check) is not None


def then(text: str, action: Callable[[], object]) -> Callable[[str], bool]:
    """True once a command has said that, and what the next one needs is done."""

    def check(said: str) -> bool:
        assert text in said, said
        action()
        return True

    return check


def parsed(said: str) -> Any:
    """The JSON in front of what else a command says."""
    return json.JSONDecoder().raw_decode(said)[0]


def adopted(tool: str, at: int = 2) -> tuple[Check, ...]:
    """What the commands say that take over two of four migrations and run the others."""
    return (
        f"would be at version {at}",
        f"development is at version {at}; 2 migrations of {tool} adopted, none ran",
        "4 migrations: 0 errors",
        f"2 migrations applied; development is at version {at + 2}",
    )


def made(walk: Walk, count: int, text: str = "ADD COLUMN") -> Callable[[str], bool]:
    """True for the files that `create` tells, if they are there; they are taken away."""

    def check(said: str) -> bool:
        paths = [walk.project.folder / line for line in said.splitlines() if line.endswith(".sql")]
        good = len(paths) == count and text in paths[0].read_text()
        for path in paths:
            path.unlink()
            if path.name == "down.sql":
                path.parent.rmdir()
        return good

    return check


def late(walk: Walk, *checks: Check) -> tuple[Check, ...]:
    """Has the third file come when the fourth is applied; the checks of what applies it."""
    empty(walk.database)
    folder = walk.files
    aside = {path: path.read_text() for path in folder.rglob("*_create_orders*") if path.is_file()}
    for path in aside:
        path.unlink()
    walk.run("migratekit up", "3 migrations applied")
    for path, text in aside.items():
        path.write_text(text)
    walk.run("migratekit up", Says("late", ExitCode.REFUSED))
    return checks


def elsewhere(walk: Walk, table: str, folder: str) -> None:
    """The rows about another version table and another folder."""
    empty(walk.database)
    walk.row(
        table,
        lambda _: walk.database.value("SELECT count(*) FROM migrations") == 1,
        lambda key: walk.key(key, "migrations", "migratekit status", "; 0 pending"),
    )
    empty(walk.database)
    write_files(walk.name, walk.project, "db/migrations")
    walk.row(
        folder,
        "4 migrations applied",
        lambda key: walk.key(key, "db/migrations", "migratekit validate --files-only", "4 migrations: 0 errors"),
    )


def pairs(walk: Walk) -> None:
    """The end of each page: files as pairs, adopted, and given back."""
    use_former(walk.name, walk.database)
    before = walk.database.tables()
    walk.block("4 migrations")
    (walk.project.folder / "environments" / "development.yaml").write_text("migrations: pairs\n")
    walk.run("migratekit adopt", "2 migrations of")
    walk.run("migratekit adopt --undo", lambda _: walk.database.tables() == before)
    walk.run("migratekit adopt")
    walk.run("migratekit up", "2 migrations applied")
    assert len(list((walk.project.folder / "pairs").glob("*.down.sql"))) == 4
    assert list(states(walk.project).values()) == ["applied"] * 4
    assert walk.database.state() is not None
