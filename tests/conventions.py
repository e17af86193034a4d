"""One chain, written as the users of each convention write it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

FIRST_TIME = 20240101000000
# The first commented file makes it; who uses rollback files had it made before the first one.
FOREIGN_TABLE = (
    "CREATE TABLE schema_migrations (version varchar(100) PRIMARY KEY, applied_at timestamptz DEFAULT now());"
)


class Change(NamedTuple):
    """A migration, whatever the convention; `apart` for one that refuses transactions."""

    title: str
    up: str
    down: str | None
    apart: bool = False


CHAIN = (
    Change(
        "create_people",
        "CREATE TABLE people (\n    id int PRIMARY KEY,\n    name text NOT NULL\n);\nCREATE TABLE ready (id int);",
        "DROP TABLE ready;\nDROP TABLE people;",
    ),
    Change("say_who", "COMMENT ON TABLE people IS 'who -- and what';", None),
    Change(
        "touch_people",
        "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n    NEW.name := NEW.name || ';';\n"
        "    RETURN NEW;\nEND;\n$$;\n"
        "CREATE TRIGGER touch BEFORE INSERT ON people\n    FOR EACH ROW EXECUTE FUNCTION touch();",
        "DROP TRIGGER touch ON people;\nDROP FUNCTION touch();",
    ),
    Change(
        "index_names",
        "CREATE INDEX CONCURRENTLY people_name ON people (name);",
        "DROP INDEX CONCURRENTLY people_name;",
        apart=True,
    ),
    Change("Odd-Name.of v2", "CREATE TABLE odd (\n    ä text DEFAULT 'ü'\n);", "DROP TABLE odd;"),
)


@dataclass(frozen=True)
class Convention:
    """How a migration is written: the files of one, by their names."""

    name: str
    write: Callable[[str, Change], Mapping[str, str]]
    times: bool = False

    @property
    def table(self) -> str:
        """The version table."""
        return "migratekit_migrations" if self.name in ("commented", "rollback") else "schema_migrations"

    def version(self, number: int) -> int:
        """The version of the migration of that number, from 1."""
        return FIRST_TIME + number if self.times else number

    def files(self, changes: Sequence[Change], first: int = 1) -> dict[str, str]:
        """The files of migrations, from that number on."""
        found: dict[str, str] = {}
        for number, change in enumerate(changes, first):
            found |= self.write(f"{self.version(number):03}", change)
        return found


def _golang(version: str, change: Change) -> Mapping[str, str]:
    files = {f"{version}_{change.title}.up.sql": change.up}
    return files if change.down is None else files | {f"{version}_{change.title}.down.sql": change.down}


def _dbmate(version: str, change: Change) -> Mapping[str, str]:
    apart = " transaction:false" if change.apart else ""
    down = "" if change.down is None else f"\n-- migrate:down{apart}\n{change.down}\n"
    return {f"{version}_{change.title}.sql": f"-- migrate:up{apart}\n{change.up}\n{down}"}


def _goose(version: str, change: Change) -> Mapping[str, str]:
    apart = "-- +goose NO TRANSACTION\n" if change.apart else "\n"
    up = change.up
    if "FUNCTION" in up:
        up = f"-- +goose StatementBegin\n{up}".replace("$$;\n", "$$;\n-- +goose StatementEnd\n")
    down = "" if change.down is None else f"\n-- +goose Down\n{change.down}\n"
    return {f"{version}_{change.title}.sql": f"{apart}-- +goose Up\n{up}\n{down}"}


def _updown(version: str, change: Change) -> Mapping[str, str]:
    down = "" if change.down is None else f"\n-- DOWN\n{change.down}\n"
    return {f"{version}_{change.title}.sql": f"-- Migration: {change.title}\n-- UP\n{change.up}\n{down}"}


def _commented(version: str, change: Change) -> Mapping[str, str]:
    own = FOREIGN_TABLE if version == "001" else ""
    lines = (change.down or "").splitlines() + ["DROP TABLE schema_migrations;"] * bool(own)
    down = "" if change.down is None else "\n-- Down migration\n" + "".join(f"-- {line}\n" for line in lines)
    return {f"{version}_{change.title}.sql": f"{own}\n{change.up}\n{down}"}


def _rollback(version: str, change: Change) -> Mapping[str, str]:
    name = f"{version}_{change.title}"
    begin, end = ("", "") if change.apart else ("BEGIN;\n", "\nCOMMIT;\n")
    files = {f"{name}.sql": f"{begin}{change.up}{end}"}
    if change.down is None:
        return files
    row = "" if change.apart else f"\nDELETE FROM schema_migrations WHERE version = '{name}';"
    return files | {f"{name}_rollback.sql": f"{begin}{change.down}{row}{end}"}


def _prisma(version: str, change: Change) -> Mapping[str, str]:
    folder = f"{version}_{change.title}"
    files = {f"{folder}/migration.sql": change.up, "migration_lock.toml": 'provider = "postgresql"\n'}
    return files if change.down is None else files | {f"{folder}/down.sql": change.down}


CONVENTIONS = {
    each.name: each
    for each in (
        Convention("golang", _golang),
        Convention("dbmate", _dbmate, times=True),
        Convention("goose", _goose),
        Convention("updown", _updown, times=True),
        Convention("commented", _commented),
        Convention("rollback", _rollback),
        Convention("prisma", _prisma, times=True),
    )
}
