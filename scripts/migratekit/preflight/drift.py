"""Is the database what its applied files make?"""

from collections.abc import Iterator, Sequence

from ..errors import Interrupted, MigratekitError
from ._figures import count, some
from ._view import Result, View, ok, warn

_WITHOUT = "do without it: `preflight: {drift: off}`"


def check(view: View) -> Iterator[Result]:
    """One warning for all that was changed by hand, or where that cannot be told."""
    if view.known.holder or view.known.state.dirty or view.broken:
        yield warn("not looked at: which files the database has is not settled", "see the check `history`")
        return
    if view.known.version is None:
        yield ok("not looked at: no file is applied")
        return
    try:
        drift = view.drift()
    except Interrupted:
        raise
    except MigratekitError as error:
        hint = f"{error.hint}; or {_WITHOUT}" if error.hint else _WITHOUT
        yield warn(f"could not be looked at: {error}", hint)
        return
    found, files = _named(view, drift.objects), count(drift.files, "file")
    if found:
        what = f"{count(len(found), 'object')} {'are' if found[1:] else 'is'} not as {files} have it: {some(found)}"
        yield warn(what, "`migratekit drift` shows what was changed by hand, and what to do about it", limit="none")
    else:
        yield ok(f"all is as {files} have it")


def _named(view: View, objects: Sequence[str]) -> list[str]:
    """First those that the files are about to touch: there it matters tonight."""
    touched = {f"{table.schema}.{table.name}" for table in view.touched}
    near = [each for each in objects if each.rpartition(" ")[2] in touched]
    return [*(f"{each} (which a file touches)" for each in near), *(each for each in objects if each not in near)]
