"""The database of an environment: where it is, and connections to it."""

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from .convention import default_table
from .database import ConnectionFailed, Database, identifier
from .errors import MigratekitError
from .settings import Settings
from .url import DatabaseURL, parse, version_table

if TYPE_CHECKING:
    from .server import Server


class Target:
    """Where an environment's migrations go to; `application` is what the server calls our sessions.

    `source` finds out the convention of the files, on which the name of the version table may hang.
    """

    def __init__(self, settings: Settings, application: str, source: Callable[[], str]) -> None:
        self._settings = settings
        self._source = source
        self._defaults = {"fallback_application_name": application}

    def url(self) -> DatabaseURL:
        """The URL; starts the embedded server where that is it. UsageError where no database is named."""
        if self._settings.embedded:
            server = self.server()
            server.start()
            return parse(server.url(self._settings.environment))
        text = self._settings.url
        if not text:
            raise self._settings.missing_url()
        return parse(text)

    def server(self) -> "Server":
        """The embedded server of the project, running or not."""
        from .server import Server  # who has a URL needs none

        return Server(self._settings.project, wanted=str(self._settings.values["postgres"].value))

    def open(self, url: DatabaseURL) -> Database:
        """A connection; makes the environment's database on the embedded server at its first use."""
        try:
            return Database.connect(url, self._defaults)
        except ConnectionFailed as error:
            if not (self._settings.embedded and "does not exist" in error.what):
                raise
        admin = Database.connect(parse(self.server().url("postgres")), self._defaults)
        # Another command may have been first; connecting tells.
        with suppress(MigratekitError):
            admin.run(f"CREATE DATABASE {identifier(self._settings.environment)}")
        admin.close()
        return Database.connect(url, self._defaults)

    def table(self, url: DatabaseURL) -> tuple[str | None, str]:
        """Schema and name of the version table: the URL's, as `migrate` reads it, unless the settings name one."""
        schema, name = self._settings.table
        if self._settings.values["table"].source != "default":
            return schema, name
        return version_table(url) or (schema, default_table(self._source()) or name)
