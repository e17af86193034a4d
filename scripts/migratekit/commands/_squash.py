"""The text of a baseline: made from a shadow that the files have made, and proved in a second one; for `squash`."""

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ..backup import client_tools
from ..catalog import difference, snapshot
from ..database import Database, SqlError, literal
from ..errors import MigratekitError, Refused
from ..lexer import scan
from ..migration import Migration
from ..own_tables import own_tables
from ..schema_dump import HEAD, dump_schema
from ..shadow import Model, shadow

_SHOWN = 8
# Where the name of the database stands in a statement.
_DATABASE = "%1$I"
_USUAL_COMMENTS = """
SELECT json_agg(format('COMMENT ON EXTENSION %I IS %L', name, comment))
  FROM pg_available_extensions WHERE installed_version IS NOT NULL
"""
_CHECK = """DO $$
DECLARE
    found text;
BEGIN
    SELECT string_agg(name, ', ') INTO found FROM unnest(ARRAY[{names}]) AS name WHERE to_regclass(name) IS {there};
    IF found IS NOT NULL THEN
        RAISE EXCEPTION '{what}: %', found;
    END IF;
END
$$;
"""


class Beyond(NamedTuple):
    """What pg_dump does not write or not take back: what it is, and the statements that make it and take it back."""

    what: str
    makes: str
    back: str


class Content(NamedTuple):
    """What is in a database: the lines of its catalogs, who owns what, and by table how many rows and their digest."""

    lines: tuple[str, ...]
    # As statements; what belongs to whoever migrates is not among them.
    owners: tuple[str, ...]
    beyond: tuple[Beyond, ...]
    rows: Mapping[str, tuple[int, str]]

    @property
    def total(self) -> int:
        """All rows."""
        return sum(number for number, _ in self.rows.values())


class Baseline(NamedTuple):
    """The statements that make a schema with its rows, those that drop it, and what it is."""

    up: str
    down: str
    content: Content


class Place(NamedTuple):
    """Where shadows are made."""

    model: Model
    project: Path
    wanted: str
    given: str


def make_baseline(place: Place, chain: Sequence[Migration], limit: int) -> Baseline:
    """The baseline of the files; Refused if they make more rows than the limit."""
    with shadow(place.model, chain, place.project, place.wanted, place.given) as (database, url):
        left_out = own_tables(database, place.model.table)
        content = _content(database, left_out, place.model.settings)
        if content.total > limit:
            largest = max(content.rows, key=lambda name: content.rows[name][0])
            raise Refused(
                f"the files make {content.total} rows, {content.rows[largest][0]} of them in {largest}",
                hint=f"a baseline has an INSERT for each: --rows {content.total} allows that; or seed them apart",
            )
        if database.row("SELECT count(*) FROM pg_largeobject_metadata")[0] != "0":
            what = "the files make large objects, which pg_dump writes as transactions of their own"
            raise Refused(what, hint="make them where servers are set up, or squash up to a version in front of them")
        tools = client_tools(database.server_version, place.wanted)
        text = dump_schema(url, tools, left_out, whole=True).removeprefix(HEAD)
        text = _for_any_role(database, text)
    drops = [each for each in scan(text.encode()).statements if each.words[:1] == ("DROP",)]
    end = drops[-1].end + 1 if drops else 0
    up, down = text.encode()[end:].decode(), text.encode()[:end].decode()
    there, gone = _check(content, "NULL", "not there"), _check(content, "NOT NULL", "still there")
    owners = "".join(f"{statement};\n" for statement in content.owners)
    made = _statements(each.makes for each in content.beyond)
    back = _statements(each.back for each in reversed(content.beyond))
    return Baseline(f"{_tidy(up)}\n{owners}{made}{there}", f"{_tidy(down)}\n{back}{gone}", content)


def prove(place: Place, baseline: Baseline) -> None:
    """MigratekitError unless the statements make the same in an empty database, and leave nothing on the way back."""
    with shadow(place.model, [], place.project, place.wanted, place.given) as (database, _):
        left_out = own_tables(database, place.model.table)
        empty = _content(database, left_out, place.model.settings)
        for text, wanted in ((baseline.up, baseline.content), (baseline.down, empty)):
            way = "up" if text == baseline.up else "down"
            try:
                database.run(f"BEGIN; SET LOCAL check_function_bodies = false;\n{text}\nCOMMIT")
            except SqlError as error:
                raise _unequal(f"fails in an empty database, on the way {way}: {error.what}", []) from None
            found = _content(database, left_out, place.model.settings)
            rows = [name for name in wanted.rows if wanted.rows[name] != found.rows.get(name)]
            lines = [*difference(wanted.lines, found.lines), *difference(wanted.owners, found.owners)]
            lines += difference(*(sorted(each.what for each in content.beyond) for content in (wanted, found)))
            lines += [f"rows of {name}" for name in rows]
            if lines:
                made = "does not make what the files make" if way == "up" else "leaves something on the way back"
                raise _unequal(made, lines)


def _unequal(what: str, lines: Sequence[str]) -> MigratekitError:
    more = [f"  and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    listed = "\n".join([f"the baseline {what}; nothing was written", *(f"  {x}" for x in lines[:_SHOWN]), *more])
    hint = "pg_dump does not carry everything: squash up to a version in front of what is named here"
    return MigratekitError(listed, hint=hint)


def _content(database: Database, left_out: Collection[tuple[str, str]], initial: Sequence[str]) -> Content:
    """What is in the database, but for the settings that it began with."""
    listed = json.dumps([list(names) for names in left_out])
    query = _query("squash.sql").replace(":left_out", f"{literal(listed)}::jsonb")
    found = json.loads(database.row(query)[0] or "[]")
    rows: dict[str, tuple[int, str]] = {}
    for name, statement in found:
        number, digest = database.row(statement)
        rows[name] = int(number or 0), digest or ""
    owners = json.loads(database.row(f"SET search_path = ''; {_query('squash_owners.sql')}")[0] or "[]")
    database.run("RESET search_path")
    query = _query("squash_beyond.sql").replace(":initial", f"{literal(json.dumps(list(initial)))}::jsonb")
    beyond = tuple(Beyond(*each) for each in json.loads(database.row(query)[0] or "[]"))
    return Content(snapshot(database, left_out), tuple(owners), beyond, rows)


def _query(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _statements(texts: Iterable[str]) -> str:
    """Statements, of which those about the database ask for its name."""
    found = []
    for text in filter(None, texts):
        asks = f"DO $$ BEGIN\n    EXECUTE format({literal(text)}, current_database());\nEND $$"
        found.append(f"{asks if _DATABASE in text else text};\n")
    return "".join(found)


def _for_any_role(database: Database, text: str) -> str:
    """The dump for whoever migrates: not by name, and without what only the owner of an extension could say of it."""
    role = database.row("SELECT quote_ident(session_user)")[0] or ""
    text = re.sub(rf"^(ALTER DEFAULT PRIVILEGES )FOR ROLE {re.escape(role)} ", r"\1", text, flags=re.MULTILINE)
    for usual in json.loads(database.row(_USUAL_COMMENTS)[0] or "[]"):
        text = re.sub(rf"^-- Name: [^\n]*\n{re.escape(usual)};\n", "", text, flags=re.MULTILINE)
    return text


def _tidy(sql: str) -> str:
    return f"{sql.strip()}\n" if sql.strip() else ""


def _check(content: Content, there: str, what: str) -> str:
    """A block that raises for tables that are not as they should be."""
    names = ", ".join(literal(name) for name in content.rows)
    return _CHECK.format(names=names, there=there, what=what) if names else ""
