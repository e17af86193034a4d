"""The catalogs of the environment's database, for verbs that seldom need them."""

from contextlib import ExitStack

from ..database import Database
from ..errors import MigratekitError, UsageError
from ..session import Session


class Catalogs:
    """Answers queries; connects at the first one."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._stack = ExitStack()
        self._database: Database | None = None

    def __enter__(self) -> "Catalogs":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def ask(self, query: str) -> str | None:
        """The first value of a query, which can write nothing; UsageError if there is no database to ask."""
        if not self._session.settings.names_database:
            raise UsageError("there is no database to read it from")
        try:
            database = self._connected()
            try:
                rows = database.run(f"BEGIN READ ONLY;\n{query}\n;ROLLBACK")[1].rows
            finally:
                database.rollback()
        except MigratekitError as error:
            raise UsageError(f"the database does not tell: {error}") from None
        return rows[0][0] if rows else None

    def _connected(self) -> Database:
        if self._database is None:
            self._database = self._stack.enter_context(self._session.engine()).database
        return self._database
