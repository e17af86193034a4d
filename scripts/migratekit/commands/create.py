"""`migratekit create NAME`, also called `revision -m NAME`."""

import argparse
import re
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from functools import cache

from ..authoring.chain import makers, tables_made
from ..authoring.columns import read_columns
from ..authoring.inputs import gather
from ..authoring.kinds import RAW, Kind, kind_named, read_kinds
from ..authoring.naming import Known, infer, slug, without_accents
from ..authoring.pairs import Author, Draft
from ..authoring.values import tables_in
from ..errors import ExitCode, Refused, UsageError
from ..render import Templates
from ..session import Session
from ._catalogs import Catalogs
from ._diff import Asked, write_difference
from ._drafts import next_versions, present, show, write
from ._shadow import given_shadow

_NO_MODELS = "--autogenerate needs the models; nothing was written"
_EXAMPLE = '"name:text! email:varchar(255)!:unique owner:references(users)"'


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    name = parser.add_mutually_exclusive_group(required=True)
    name.add_argument("name", nargs="?", metavar="NAME", help="what it does, as in create_projects_table")
    name.add_argument("-m", "--message", metavar="TEXT", help="the same, in words of any kind")
    parser.add_argument("--autogenerate", action="store_true", help="files from models, as `diff` makes them")
    parser.add_argument("--models", metavar="MODULE:ATTR", help="the models of --autogenerate, as app.models:Base")
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
    if session.options.autogenerate or session.options.models:
        return _from_models(session)
    draft = _drafts(session)
    if session.options.preview:
        show(session, draft())
    else:
        write(session, draft)
    return ExitCode.DONE


def _from_models(session: Session) -> ExitCode:
    """What Alembic's users call it: `diff` has all that there is to say."""
    options = session.options
    if not options.models:
        raise Refused(_NO_MODELS, hint="name them as in --models app.models:Base; the verb `diff` can do more")
    given = given_shadow(session)
    asked = Asked(_name(session), options.models, preview=options.preview, timestamp=options.timestamp, shadow=given)
    return write_difference(session, asked)


def _drafts(session: Session) -> Callable[[], list[Draft]]:
    """Makes the texts under the next free numbers, whenever it is called."""
    name, templates, given = _name(session), Templates(session.settings.project), _given(session)
    made = cache(lambda: tables_made(present(session), session.files.read))
    kind, named = _kind(session, name, read_kinds(templates), Known(given, _columns(given), lambda: made().keys()))
    with Catalogs(session) as catalogs:
        values = gather(kind, given, named, templates, catalogs.ask)
    needed = list(tables_in(values, {one.name: one.type for one in kind.inputs}))
    author = Author(templates, session.settings.project, kind, name, values)

    def draft() -> list[Draft]:
        numbers = next_versions(session, len(author.pairs), timestamp=session.options.timestamp)
        return author.write(numbers, makers(needed, made()) if needed else [])

    return draft


def _name(session: Session) -> str:
    """The name of the files; of a message, what a name can hold."""
    options = session.options
    if options.message is None:
        return slug(options.name)
    text = without_accents(options.message)
    if strange := "".join(dict.fromkeys(letter for letter in text if letter.isalpha() and not letter.isascii())):
        what = f"the name would lack the letters {strange}; nothing was written"
        raise UsageError(
            what, where=repr(options.message), hint="say it with letters a to z; a comment may say the rest"
        )
    return slug(re.sub(r"[\W_]+", " ", text, flags=re.A).strip())


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
