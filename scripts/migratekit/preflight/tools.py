"""Are there a pg_dump and a pg_restore that can dump and restore this server?"""

from collections.abc import Iterator

from ..backup import NoTools, client_tools
from ._view import Result, View, fail, ok


def check(view: View) -> Iterator[Result]:
    """A failure where they are missing, or older than the server."""
    backups = view.settings.backups
    if backups.command:
        yield ok("not needed: backup.command makes the backup", subject=backups.command[0])
        return
    major = view.database.server_version // 10000
    limit = f"{major} or newer"
    try:
        found = client_tools(view.database.server_version, str(view.settings.values["postgres"].value))
    except NoTools as error:
        yield fail(error.what, error.hint, subject="pg_dump, pg_restore", limit=limit)
    else:
        yield ok(f"{found.version} in {found.folder}", subject="pg_dump, pg_restore", limit=limit)
