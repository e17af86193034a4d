"""`migratekit create NAME`, also called `revision -m NAME`."""

import argparse
import os
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from ..authoring.chain import makers, tables_made
from ..authoring.columns import read_columns
from ..authoring.inputs import gather
from ..authoring.kinds import RAW, Kind, kind_named, read_kinds
from ..authoring.naming import Known, infer, slug
from ..authoring.pairs import Author, Draft
from ..authoring.values import tables_in
from ..convention import SOURCES, source_name
from ..errors import ExitCode, Refused, SourceError, UsageError
from ..file_changes import alone_in
from ..migration import Migration
from ..numbering import MOMENT, by_time, in_sequence
from ..render import Templates
from ..session import Session
from ._catalogs import Catalogs

_NO_AUTOGENERATE = "migrations from models belong to a verb `diff`, which is not there yet; nothing was written"
_EXAMPLE = '"name:text! email:varchar(255)!:unique owner:references(users)"'


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    name = parser.add_mutually_exclusive_group(required=True)
    name.add_argument("name", nargs="?", metavar="NAME", help="what it does, as in create_projects_table")
    name.add_argument("-m", "--message", metavar="TEXT", help="the same, in words of any kind")
    parser.add_argument("--autogenerate", action="store_true", help="not there yet: files from models")
    parser.add_argument("--timestamp", action="store_true", help="number it by the time (UTC) instead of in sequence")
    parser.add_argument("--preview", action="store_true", help="print the files and write nothing")
    # Behind this verb --table is the table that the migration is about, not the version table.
    inputs = parser.add_argument_group("what the name does not say", conflict_handler="resolve")
    inputs.add_argument("--kind", help="kind of migration; `migratekit templates` lists them")
    inputs.add_argument("--table", dest="about", metavar="NAME", help="table that it is about")
    inputs.add_argument("--columns", dest="short_form", metavar="COLUMNS", help=f"columns: {_EXAMPLE}")
    inputs.add_argument("--keep", action="store_const", const="yes", help="copy what is dropped before it is dropped")
    inputs.add_argument("--set", metavar="KEY=VALUE", action="append", default=[], help="another input of the kind")


def run(session: Session) -> ExitCode:
    """Makes the files of a migration; name and inputs say of what kind they are and what is in them."""
    if session.options.autogenerate:
        raise Refused(
            _NO_AUTOGENERATE, hint="say what changes: `migratekit create add_phone_to_users --columns phone:text`"
        )
    draft = _drafts(session)
    folder = session.settings.folder
    if session.options.preview:
        for pair in draft():
            for name, text in _files(session, pair).items():
                session.console.out(f"==> {os.path.relpath(folder / name)} <==\n{text}")
        return ExitCode.DONE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with alone_in(folder):
            for path in _write(session, draft()):
                session.console.out(os.path.relpath(path))
    except OSError as error:
        raise SourceError(
            f"cannot make the files: {error.strerror}", where=str(error.filename or folder), hint="may you write there?"
        ) from None
    return ExitCode.DONE


def _drafts(session: Session) -> Callable[[], list[Draft]]:
    """Makes the texts under the next free numbers, whenever it is called."""
    name, templates, given = _name(session), Templates(session.settings.project), _given(session)
    made = cache(lambda: tables_made(_chain(session), session.files.read))
    kind, named = _kind(session, name, read_kinds(templates), Known(given, _columns(given), lambda: made().keys()))
    with Catalogs(session) as catalogs:
        values = gather(kind, given, named, templates, catalogs.ask)
    needed = list(tables_in(values, {one.name: one.type for one in kind.inputs}))
    author = Author(templates, session.settings.project, kind, name, values)

    def draft() -> list[Draft]:
        numbers = _next_versions(_chain(session), len(author.pairs), timestamp=_by_time(session))
        return author.write(numbers, makers(needed, made()) if needed else [])

    return draft


def _name(session: Session) -> str:
    """The name of the files; of a message, what a name can hold."""
    options = session.options
    return slug(
        options.name if options.message is None else re.sub(r"[\W_]+", " ", options.message, flags=re.A).strip()
    )


def _chain(session: Session) -> list[Migration]:
    return session.chain() if session.settings.folder.exists() else []


def _given(session: Session) -> dict[str, str]:
    """The inputs on the command line."""
    flags = {"table": session.options.about, "columns": session.options.short_form, "keep": session.options.keep}
    given: dict[str, str] = {key: value for key, value in flags.items() if value is not None}
    for text in session.options.set:
        key, sign, value = text.partition("=")
        if not sign or not key:
            raise UsageError(f"--set {text!r} is not KEY=VALUE", hint="write it as in --set old_type=text")
        if key in given:
            raise UsageError(f"{key} is given twice", hint="give it once")
        given[key] = value
    return given


def _columns(given: Mapping[str, str]) -> list[str]:
    with suppress(ValueError):
        return [column.name for column in read_columns(given.get("columns", ""), typed=False)]
    return []


def _kind(session: Session, name: str, kinds: Mapping[str, Kind], known: Known) -> tuple[Kind, dict[str, str]]:
    """The kind that is asked for, or that the name says; and what else the name says."""
    asked = kind_named(kinds, session.options.kind) if session.options.kind else None
    candidates: Collection[Kind] = [asked] if asked else kinds.values()
    found, named = infer(name, (pattern for kind in candidates for pattern in kind.patterns), known)
    return asked or kinds[found or RAW], named


def _files(session: Session, draft: Draft) -> dict[str, str]:
    """All that is to be written, in the convention of the folder: texts by the names of their files."""
    layout = SOURCES[source_name(session.settings)].layout
    return layout(draft.version, draft.title, draft.texts) | dict(draft.programs)


def _by_time(session: Session) -> bool:
    """True if versions are times: as asked for, or as it is the custom here."""
    if session.options.timestamp:
        return True
    chain = _chain(session)
    return SOURCES[source_name(session.settings)].NAMING.times and (not chain or len(chain[-1].number) == MOMENT)


def _write(session: Session, drafts: Sequence[Draft]) -> list[Path]:
    """Writes all of the files, or none."""
    written: list[Path] = []
    try:
        for draft in drafts:
            for name, text in _files(session, draft).items():
                path = session.settings.folder / name
                path.parent.mkdir(exist_ok=True)
                opener = _executable if name in draft.programs else None
                with open(path, "x", encoding="utf-8", newline="\n", opener=opener) as file:
                    written.append(path)
                    file.write(text)
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise
    return written


def _executable(path: str, flags: int) -> int:
    return os.open(path, flags, 0o755)


def _next_versions(chain: Sequence[Migration], count: int, *, timestamp: bool) -> list[str]:
    """Free numbers, one behind the other."""
    if timestamp:
        return by_time({migration.version for migration in chain}, count)
    last = chain[-1] if chain else None
    return in_sequence(last.version if last else 0, count, len(last.number) if last else 3)
