"""Files that were made, run where nothing can be lost, and what came of them."""

from collections.abc import Callable, Collection, Sequence

from ..catalog import Inventory, Object
from ..database import Database, SqlError
from ..errors import MigratekitError
from ..lexer import scan
from ..quoting import ident
from .altered import same

# No cast; or a type that is not there yet, to which there can be none.
_NO_CAST = ("42804", "42704", "3F000")


def needs_using(database: Database) -> Callable[[Object, Object], bool]:
    """Asks a shadow, once, whether the values of a column become those of another type by themselves."""
    known: dict[tuple[str, str], bool] = {}

    def ask(old: Object, new: Object) -> bool:
        key = old.key, new.more["type"]
        if key not in known:
            known[key] = _ask(old, new)
        return known[key]

    def _ask(old: Object, new: Object) -> bool:
        alter = f"ALTER TABLE {old.more['table']} ALTER COLUMN {ident(old.more['name'])}"
        try:
            database.run(f"BEGIN; {alter} DROP DEFAULT; {alter} TYPE {new.more['type']}")
        except SqlError as error:
            return error.sqlstate in _NO_CAST
        finally:
            database.rollback()
        return False

    return ask


def run_scripts(database: Database, scripts: Sequence[tuple[str, str]]) -> None:
    """Runs texts, given with their names, one behind the other; MigratekitError says which fails, and where."""
    for name, text in scripts:
        try:
            database.run(text)
        except SqlError as error:
            what = f"the file that was made does not run in the shadow: {error.what} (SQLSTATE {error.sqlstate})"
            detail = f"{error.detail.splitlines()[0]}; " if error.detail else ""
            hint = f"{detail}--preview shows it, --ignore PATTERN leaves an object alone; nothing was written"
            raise MigratekitError(what, where=f"{name}:{line_of(text, error)}", hint=hint) from None
        finally:
            if not database.lost:
                database.rollback()


def line_of(text: str, error: SqlError) -> int:
    """The line of the error, or else of the statement that failed."""
    sql = text.encode()
    statements = scan(sql).statements
    if error.position:
        # The server counts characters.
        return text[: error.position - 1].count("\n") + 1
    start = statements[len(error.results)].start if len(error.results) < len(statements) else 0
    return sql[:start].count(b"\n") + 1


def unlike(have: Inventory, wanted: Inventory, leaving_out: Collection[str] = ()) -> list[str]:
    """The keys of what is not in both alike; a part of what is missing as a whole is not told."""
    keys = {key for key in have.objects.keys() | wanted.objects.keys() if not _alike(key, have, wanted)}
    keys -= set(leaving_out)
    return sorted(key for key in keys if _parent(key, have, wanted) not in keys)


def _alike(key: str, have: Inventory, wanted: Inventory) -> bool:
    old, new = have.objects.get(key), wanted.objects.get(key)
    return old is not None and new is not None and same(old, new)


def _parent(key: str, have: Inventory, wanted: Inventory) -> str | None:
    each = have.objects.get(key) or wanted.objects[key]
    return each.parent
