"""How client programs reach the database: no secret among their arguments."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ..database import libpq_parameters
from ..errors import UsageError
from ..url import DatabaseURL

# What libpq takes from nowhere but the connection string, which everybody can see.
_UNSAFE = ("sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key")
# The parameters of a URL that are for no eyes.
SECRETS = frozenset({"password", *_UNSAFE})
# These would decide in which encoding the dump is written.
_ENCODING = ("client_encoding", "PGCLIENTENCODING")


@dataclass(frozen=True, slots=True)
class Connection:
    """What to give pg_dump and its like: a connection string, and the environment with the rest."""

    parameters: Mapping[str, str]
    environment: Mapping[str, str] = field(repr=False)

    @property
    def conninfo(self) -> str:
        """The connection string, for everybody to see."""
        return " ".join(f"{key}='{_escaped(value)}'" for key, value in self.parameters.items())

    def to(self, database: str) -> "Connection":
        """The same for another database of the server."""
        return replace(self, parameters={**self.parameters, "dbname": database})


def connection_of(url: DatabaseURL, program: str) -> Connection:
    """The connection that a URL means, as a program of this name; UsageError if a secret in it could not be hidden."""
    parameters = libpq_parameters(url, {"fallback_application_name": program})
    refuse_open_secrets(parameters, "pg_dump")
    environment = {name: value for name, value in os.environ.items() if name not in _ENCODING}
    for key, variable in (("password", "PGPASSWORD"), ("options", "PGOPTIONS")):
        if key in parameters:
            environment[variable] = parameters.pop(key)
    parameters = {key: value for key, value in parameters.items() if key not in _ENCODING}
    # What programs say is looked at: it must be in one language.
    return Connection(parameters, environment | {"LC_ALL": "C"})


def refuse_open_secrets(parameters: Mapping[str, str], tool: str) -> None:
    """UsageError for a secret that a client program takes only from its arguments, which everybody can see."""
    for name in _UNSAFE:
        if name in parameters:
            raise UsageError(
                f"{name} cannot be handed to {tool} without everybody seeing it",
                hint="use a key without a password, in a file that only you can read; or a password",
            )


def other_database(url: DatabaseURL, database: str) -> DatabaseURL:
    """The URL of another database of the same server."""
    return url._replace(parameters={**url.parameters, "dbname": database}, path=f"/{database}")


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")
