"""Another tool's tracking table: found by its columns, and held against the files."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from .database import Database, identifier, literal
from .errors import DirtyError, Refused, UsageError
from .header import read_header
from .lineage import Lineage
from .migration import MAX_VERSION, File, Migration
from .tracking import alembic, commented, dbmate, goose, prisma, rollback, updown
from .tracking._foreign import Columns, Foreign

ASIDE = "_before_adopt"
_MAX_NAME = 63
_NUMBER = re.compile(r"[0-9]+(?![0-9A-Za-z])")
_STEM = re.compile(r"[0-9]+_.+")
# Their checksums are of both halves in one file, of which pairs hold one each.
_BOTH_HALVES = frozenset({"updown"})
_ALGORITHMS = {32: "md5", 40: "sha1", 64: "sha256"}

ReadFile = Callable[[File], bytes]


class Tool(Protocol):
    """What a module of a foreign table gives; `HEADS`: its rows name the last migrations only."""

    NAME: str
    HEADS: bool

    def recognise(self, columns: Columns) -> bool:
        """True if a table of these columns could be it."""

    def read(self, database: Database, table: str, columns: Columns, /) -> list[Foreign]:
        """What is applied."""


_MODULES: tuple[Tool, ...] = (dbmate, goose, prisma, alembic, updown, commented, rollback)
TOOLS = {tool.NAME: tool for tool in _MODULES}


class Found(NamedTuple):
    """A tracking table of another tool, and what the role may do with it."""

    tool: str
    schema: str
    name: str
    columns: Columns
    owner: str
    owned: bool
    readable: bool
    lockable: bool

    @property
    def sql(self) -> str:
        """Its quoted name."""
        return identifier(self.schema, self.name)


class Match(NamedTuple):
    """A row of that table and the file that it is about, None where there is none."""

    foreign: Foreign
    migration: Migration | None
    version: int
    # What is odd about it.
    remark: str = ""


class Adoption(NamedTuple):
    """What is applied by another tool's word, by version, and the files below the last of it that are not."""

    found: Found
    matches: Sequence[Match]
    missed: Sequence[Migration]
    # Rows that have no file, and no number or one that another row has.
    strange: Sequence[Foreign]

    @property
    def version(self) -> int | None:
        """The version that the database is at; None where nothing is applied."""
        return self.matches[-1].version if self.matches else None


def find_tables(database: Database, schema: str) -> list[Found]:
    """The tracking tables of other tools in the session's schemas and in that one."""
    query = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8").replace("$1", literal(schema))
    tables = json.loads(database.row(query)[0] or "[]")
    return [
        Found(tool.NAME, **table)
        for table in tables
        for tool in _MODULES
        if tool.recognise(table["columns"]) and not table["name"].endswith(ASIDE)
    ]


def at_work(database: Database, schema: str) -> Found | None:
    """A tracking table by whose word something is applied; one that cannot be read counts too."""
    for found in find_tables(database, schema):
        if not found.readable or TOOLS[found.tool].read(database, found.sql, found.columns):
            return found
    return None


def choose(tables: Sequence[Found], wanted: str, schema: str) -> Found:
    """The only one, or the one that `wanted` names by tool or by table; UsageError or Refused if that is none."""
    chosen = [table for table in tables if wanted in ("", table.tool, table.name, f"{table.schema}.{table.name}")]
    listed = ", ".join(f"{table.sql} ({table.tool})" for table in chosen or tables)
    if len(chosen) > 1:
        name = f"{chosen[0].schema}.{chosen[0].name}"
        raise UsageError(f"there is more than one to adopt: {listed}", hint=f"name the one that counts: --from {name}")
    if chosen:
        return chosen[0]
    if tables:
        raise UsageError(f"no tracking table of {wanted} is there, only {listed}", hint="name that with --from")
    raise Refused(
        f"no other tool's tracking table is in the schema {identifier(schema)}",
        hint="is the search_path right? `migratekit baseline V` declares what was made without migrations",
    )


def look(database: Database, found: Found, chain: Sequence[Migration], read: ReadFile) -> Adoption:
    """Its rows and the files that they are about; DirtyError where a migration of them failed."""
    tool = TOOLS[found.tool]
    rows = tool.read(database, found.sql, found.columns)
    failed = [row.version for row in rows if row.failed]
    if failed:
        raise DirtyError(
            f"{found.tool} says that {', '.join(failed)} failed, and was not resolved",
            where=found.sql,
            hint=f"put that right with {found.tool} (prisma: `prisma migrate resolve`), then adopt",
        )
    if tool.HEADS:
        rows = _below_head(rows, chain, read)
    matches, strange = _match(rows, chain, read, compares=found.tool not in _BOTH_HALVES)
    there = {match.version for match in matches}
    last = max(there, default=-1)
    missed = [each for each in chain if each.version < last and each.version not in there]
    return Adoption(found, matches, missed, strange)


def name_aside(name: str) -> str:
    """What a table of that name is called once it is out of the way."""
    return name.encode()[: _MAX_NAME - len(ASIDE)].decode(errors="ignore") + ASIDE


def stem(migration: Migration) -> str:
    """The name that other tools know a migration by: VERSION_title."""
    half = migration.up or migration.down
    if half and half.stem:
        return half.stem
    return re.sub(r"\.(up|down)\.[^.]*$|\.sql$", "", migration.name)


def _below_head(rows: Sequence[Foreign], chain: Sequence[Migration], read: ReadFile) -> list[Foreign]:
    """A row for each file that the only row stands on."""
    if len(rows) > 1:
        heads = ", ".join(row.version for row in rows)
        raise Refused(
            f"the database is at {len(rows)} heads, {heads}",
            hint="`alembic merge heads` and `alembic upgrade head`, convert again, then adopt",
        )
    if not rows:
        return []
    head, lineage = rows[0].version, Lineage(chain, read)
    if lineage.knows(head):
        files, lacking = lineage.below(head)
        return [Foreign(stem(each)) for each in files] + [Foreign(name) for name in lacking]
    last = next((each for each in chain if head in stem(each).split("_")), None)
    if last:
        return [Foreign(stem(each)) for each in chain if each.version <= last.version]
    raise Refused(
        f"no file is the revision {head} that the database is at",
        hint="`migratekit convert --from alembic` writes files that say which they were: `-- Revision: …`",
    )


def _parts(matches: Mapping[int, Match], chain: Sequence[Migration], read: ReadFile) -> Iterator[Match]:
    """The files that converting cut off from one that is applied: a line `-- Part of: VERSION` says so."""
    for migration in chain:
        if migration.version not in matches and migration.up:
            whole = read_header(read(migration.up)).get("Part of")
            if whole.isdecimal() and int(whole) in matches:
                yield Match(matches[int(whole)].foreign, migration, migration.version)


def _match(
    rows: Sequence[Foreign], chain: Sequence[Migration], read: ReadFile, *, compares: bool
) -> tuple[list[Match], list[Foreign]]:
    by_stem, by_version = {stem(each): each for each in chain}, {each.version: each for each in chain}
    matches: dict[int, Match] = {}
    strange = []
    # Who has a file's own name comes before others of its number.
    for row in sorted(rows, key=lambda row: by_stem.keys().isdisjoint(_names(row))):
        names = _names(row)
        migration = next((by_stem[name] for name in names if name in by_stem), None)
        number = _number(*names)
        if migration is None and number is not None:
            migration = by_version.get(number)
        version = migration.version if migration else number
        taken = matches[version].foreign.version if version in matches else row.version
        if version is None or taken != row.version:
            strange.append(row)
            continue
        remark = "has no file"
        if migration:
            compared = row if compares or (migration.up and migration.up.cut) else row._replace(checksum="")
            remark = " and ".join(_remarks(compared, names[0], migration, read))
        matches.setdefault(version, Match(row, migration, version, remark))
    matches |= {match.version: match for match in [*_parts(matches, chain, read)]}
    return [matches[version] for version in sorted(matches)], strange


def _names(row: Foreign) -> list[str]:
    return [name.removesuffix(".sql") for name in (row.version, row.name)]


def _number(version: str, name: str) -> int | None:
    """The number that a row begins with; a name that is prose may begin with one that says something else."""
    found = _NUMBER.match(version) or (_NUMBER.match(name) if _STEM.fullmatch(name) else None)
    return int(found[0]) if found and int(found[0]) <= MAX_VERSION else None


def _remarks(row: Foreign, name: str, migration: Migration, read: ReadFile) -> Iterator[str]:
    if name != stem(migration) and _STEM.fullmatch(name):
        yield f"was applied as {name}"
    if row.checksum and migration.up and not _fits(row.checksum, migration.up, read(migration.up)):
        yield "is not what was applied: its checksum is another one"


def _fits(checksum: str, file: File, text: bytes) -> bool:
    """True if that is a checksum of the file, or of its up part, whatever its line ends."""
    algorithm = _ALGORITHMS.get(len(checksum))
    if algorithm is None:
        return False
    import hashlib

    texts = (text, file.half(text).sql)
    forms = {form for each in texts for form in (each, each.strip(), each.replace(b"\r\n", b"\n"))}
    forms |= {form.replace(b"\n", b"\r\n") for form in forms}
    return any(hashlib.new(algorithm, form, usedforsecurity=False).hexdigest() == checksum.lower() for form in forms)


def foreign_title(match: Match) -> str:
    """The title under which it was applied, as far as that is known."""
    name = match.foreign.version.removesuffix(".sql")
    if _STEM.fullmatch(name):
        return name.partition("_")[2]
    return match.migration.title if match.migration else match.foreign.name


def check_complete(adoption: Adoption) -> Mapping[str, Sequence[str]]:
    """By what is wrong: applied rows without a file, and files that were never applied."""
    return {
        "applied, but without a file": [
            *(match.foreign.version for match in adoption.matches if match.migration is None),
            *(row.version for row in adoption.strange),
        ],
        "never applied, though later ones are": [migration.name for migration in adoption.missed],
    }
