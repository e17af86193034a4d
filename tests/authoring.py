"""The kinds of migrations, each with inputs: what `create` makes of them, and what can be done with that."""

import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from migratekit.lexer import Statement, scan
from runs import empty
from support import ROOT, Project, TestDatabase

FOLDER = ROOT / "tests" / "cases" / "authoring"
DATE = "2026-11-21"
AUTHOR = "A. U. Thor"


@dataclass(frozen=True)
class Break:
    """SQL that spoils a change in front of the block that looks for it."""

    file: str
    sql: str
    block: int = -1


@dataclass(frozen=True)
class Case:
    """A folder of tests/cases/authoring: its case.yaml, and the files that `create` makes of it."""

    name: str
    create: Sequence[str]
    before: str = ""
    # The other migrations of the chain, by name.
    chain: dict[str, str] = field(default_factory=dict)
    # The database is asked for what the command line does not say.
    database: bool = False
    # The change is one of the schema that it is made in.
    in_schema: bool = True
    needs: str = ""
    breaks: Sequence[Break] = ()

    @property
    def folder(self) -> Path:
        return FOLDER / self.name

    @property
    def files(self) -> dict[str, str]:
        """What is expected of `create`."""
        return {path.name: path.read_text() for path in sorted(self.folder.glob("[0-9]*"))}

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The texts of the pairs, up and down, in their order."""
        names = sorted({name.partition(".")[0] for name in self.files})
        return [(self.files[f"{name}.up.sql"], self.files[f"{name}.down.sql"]) for name in names]

    @property
    def kind(self) -> str:
        """The kind that it is a case of: the longest name of one that its own begins with."""
        kinds = [path.parent.name for path in (ROOT / "templates").glob("*/kind.yaml")]
        return max((kind for kind in kinds if f"{self.name}-".startswith(f"{kind}-")), key=len, default="")

    def can_run(self, database: TestDatabase) -> bool:
        """Whether the server has the extension that it needs."""
        query = f"SELECT count(*) FROM pg_available_extensions WHERE name = '{self.needs}'"
        return not self.needs or database.value(query) != 0

    def text(self, file: str) -> str:
        """The text of a file by its place: `1.up`."""
        number, _, direction = file.partition(".")
        return self.pairs[int(number) - 1][direction == "down"]


def read_case(folder: Path) -> Case:
    given: dict[str, Any] = yaml.safe_load((folder / "case.yaml").read_text())
    breaks = [Break(**one) for one in given.pop("breaks", [])]
    return Case(folder.name, breaks=breaks, **given)


def read_cases() -> list[Case]:
    return [read_case(path.parent) for path in sorted(FOLDER.glob("*/case.yaml"))]


def created(case: Case, project: Project) -> subprocess.CompletedProcess[str]:
    """Calls `create` as the case says, as the author."""
    project.write(case.chain)
    config = project.folder / "gitconfig"
    config.write_text(f"[user]\n\tname = {AUTHOR}\n")
    env = {"GIT_CONFIG_GLOBAL": str(config), "GIT_CEILING_DIRECTORIES": str(project.folder.parent)}
    return project.migratekit("create", *case.create, env=env)


def made(project: Project) -> dict[str, str]:
    """The files that were created, with the date of the golden ones."""
    texts = {path.name: path.read_text() for path in sorted(project.migrations.iterdir())}
    return {name: re.sub(r"^-- Date: .*", f"-- Date: {DATE}", text, flags=re.M) for name, text in texts.items()}


def prepare(case: Case, database: TestDatabase) -> None:
    """Makes what must be there before."""
    if case.before:
        database.rows(case.before)


def copy(case: Case, project: Project) -> None:
    """Puts the expected files where the commands find them."""
    project.write(case.chain | case.files)


def statements(text: str) -> list[tuple[Statement, str]]:
    sql = text.encode()
    return [(each, sql[each.start : each.end].decode()) for each in scan(sql).statements]


def blocks(text: str) -> list[Statement]:
    """The DO blocks of a file."""
    return [each for each, _ in statements(text) if each.words[:1] == ("DO",)]


def without_change(text: str) -> str:
    """The file with nothing but its transaction and its blocks."""
    kept = [
        body
        for each, body in statements(text)
        if each.words[:1] in (("DO",), ("BEGIN",), ("COMMIT",)) or re.search(r"(?:TABLE|INTO) migratekit_", body)
    ]
    return ";\n".join(kept) + ";\n"


def in_front(text: str, sql: str, block: int = -1) -> str:
    """The file with more SQL in front of one of its blocks."""
    return _with(text, sql, blocks(text)[block].start)


def elsewhere(text: str) -> str:
    """The file with its change made in another schema than the one that the blocks behind it look at."""
    found = [each for each, _ in statements(text)]
    last = max(number for number, each in enumerate(found) if each.words[:1] not in (("DO",), ("COMMIT",)))
    behind = _with(text, "SET LOCAL search_path = public", found[last + 1].start)
    return behind.replace("BEGIN;\n", "BEGIN;\nSET LOCAL search_path = elsewhere;\n", 1)


def _with(text: str, sql: str, place: int) -> str:
    raw = text.encode()
    return (raw[:place] + sql.encode() + b";\n" + raw[place:]).decode()


def write_goldens(project: Project, case: Case) -> None:
    """Takes what `create` makes now for what it should make."""
    done = created(case, project)
    assert done.returncode == 0, f"{case.name}: {done.stderr}"
    for path in case.folder.glob("[0-9]*"):
        path.unlink()
    for name, text in made(project).items():
        if name not in case.chain:
            (case.folder / name).write_text(text)
    shutil.rmtree(project.migrations)


SNAPSHOT = """
    WITH schemas AS (
        SELECT oid, nspname FROM pg_namespace
        WHERE nspname NOT LIKE 'pg\\_%' AND nspname NOT IN ('information_schema', '_migratekit_kept')
    ), relations AS (
        SELECT c.*, nspname FROM pg_class AS c JOIN schemas AS s ON s.oid = relnamespace
        WHERE relname NOT LIKE 'schema_migrations%'
    )
    SELECT string_agg(line, E'\\n' ORDER BY line) FROM (
        SELECT concat_ws(' ', 'relation', relkind, nspname, relname) FROM relations
        UNION ALL
        SELECT concat_ws(' ', 'column', attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull,
                         attidentity, attgenerated, attcollation, pg_get_expr(adbin, adrelid))
        FROM pg_attribute AS a LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE attrelid IN (SELECT oid FROM relations WHERE relkind IN ('r', 'v')) AND attnum > 0 AND NOT attisdropped
        UNION ALL
        SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname, convalidated, pg_get_constraintdef(oid))
        FROM pg_constraint WHERE conrelid IN (SELECT oid FROM relations)
        UNION ALL
        SELECT concat_ws(' ', 'index', pg_get_indexdef(indexrelid), indisvalid)
        FROM pg_index WHERE indrelid IN (SELECT oid FROM relations)
        UNION ALL
        SELECT concat_ws(' ', 'trigger', tgenabled, pg_get_triggerdef(oid))
        FROM pg_trigger WHERE NOT tgisinternal AND tgrelid IN (SELECT oid FROM relations)
        UNION ALL
        SELECT concat_ws(' ', 'view', oid::regclass, pg_get_viewdef(oid)) FROM relations WHERE relkind = 'v'
        UNION ALL
        SELECT concat_ws(' ', 'function', pg_get_functiondef(p.oid)) FROM pg_proc AS p
        WHERE pronamespace IN (SELECT oid FROM schemas) AND prokind IN ('f', 'p')
          AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e')
        UNION ALL
        SELECT concat_ws(' ', 'enum', enumtypid::regtype, string_agg(enumlabel, ', ' ORDER BY enumsortorder))
        FROM pg_enum GROUP BY enumtypid
        UNION ALL
        SELECT concat_ws(' ', 'sequence', s.oid::regclass, format_type(seqtypid, NULL),
                         (SELECT concat_ws('.', refobjid::regclass, refobjsubid) FROM pg_depend
                          WHERE objid = s.oid AND deptype IN ('a', 'i')))
        FROM pg_sequence JOIN relations AS s ON s.oid = seqrelid
        UNION ALL
        SELECT concat_ws(' ', 'extension', extname) FROM pg_extension
    ) AS lines (line)
"""


@contextmanager
def emptied(database: TestDatabase) -> Iterator[TestDatabase]:
    """The database, which is as new when a case is done with it."""
    before = snapshot(database)
    yield database
    empty(database)
    assert snapshot(database) == before


def snapshot(database: TestDatabase) -> str:
    """Everything that a migration can change in the schemas, as lines."""
    return str(database.value(SNAPSHOT))
