"""Why the files do not make a shadow, and what to do about it."""

import re
from collections.abc import Iterable

from ..database import identifier
from ..errors import MigratekitError, Refused
from ..failures import FileFailed
from ..lexer import scan
from .model import Model

_SUBSCRIBES = re.compile(rb"CREATE\s+SUBSCRIPTION\b", re.IGNORECASE)
_NO_EXTENSION = re.compile(r'extension "([^"]+)" is not available|extension control file "\S*?([\w-]+)\.control"')
_NO_DATABASE = re.compile(r'database "([^"]+)" does not exist')
_ROLE_THERE = re.compile(r'role "([^"]+)" already exists')
_NO_ROLE = re.compile(r'role "([^"]+)" does not exist')
# An object, a feature or a file that is not there: a collation of ICU, a library.
_LACKING = ("42704", "0A000", "58P01")
# Where the package has another name than the extension.
_PACKAGES = {"vector": "pgvector", "postgis": "postgis-3", "pg_cron": "cron", "pg_partman": "partman"}


def refuse_subscriptions(texts: Iterable[tuple[str, bytes]]) -> None:
    """Refused for a file, given with its path, that would make another server send its rows."""
    for path, sql in texts:
        if any(_SUBSCRIBES.match(sql, statement.start) for statement in scan(sql).statements):
            raise Refused(
                "subscribes to another server, which a shadow must not do",
                where=path,
                hint="no shadow can be made of this chain; subscribe by hand, not in a migration",
            )


def overdue(limit: float) -> MigratekitError:
    """What to say of files that take longer than so many seconds."""
    what = f"the files are not through in the shadow within {limit:g} s"
    return MigratekitError(what, hint="`migratekit drift` gives them all the time; or raise `limits.drift_time`")


def told(failed: FileFailed, model: Model, *, own: bool) -> MigratekitError:
    """Why the files do not make a database, and what to do."""
    error, step = failed.error, failed.step
    file = step.migration.up
    line = failed.sent[: max(error.position - 1, 0)].count(b"\n") + 1
    where = f"{file.path}:{line}" if file and error.position else file.path if file else ""
    state = f" (SQLSTATE {error.sqlstate})" if error.sqlstate else ""
    what = f"version {step.migration.version} fails in the shadow, a new PostgreSQL {model.major}: {error.what}{state}"
    extension, role = _NO_EXTENSION.search(f"{error.what} {error.detail}"), _NO_ROLE.search(error.what)
    if extension:
        hint = f"{_package(extension[1] or extension[2], model.major)}; or name a server that has it: --shadow URL"
    elif role:
        there = f"CREATE ROLE {identifier(role[1])} on the server of the shadow"
        hint = "the database's server has no such role either: a file has to make it" if own else there
    elif not own and model.name and (found := _NO_DATABASE.search(error.what)) and found[1] == model.name:
        hint = "the shadow has another name on a server that was named: leave --shadow out, or ask current_database()"
    elif not own and (there_already := _ROLE_THERE.search(error.what)):
        hint = f"a file makes it: DROP ROLE {identifier(there_already[1])} on the server of the shadow"
    elif error.sqlstate in _LACKING and own:
        hint = f"a server without it? Install postgresql-{model.major}, or name another one: --shadow URL"
    else:
        hint = "the files have to make the schema from nothing, in an empty database without rows"
    return MigratekitError(what, where=where, hint=hint)


def _package(extension: str, major: int) -> str:
    """Where an extension comes from on a system with packages."""
    package = _PACKAGES.get(extension, extension.replace("_", "-"))
    return f"install postgresql-{major}, whose contrib may have it, or its own package (postgresql-{major}-{package})"
