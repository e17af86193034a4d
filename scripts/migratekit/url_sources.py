"""Where a database's URL is, if not in one variable: a file, a program that opens a vault, variables for its parts."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from .errors import UsageError

# Either of them names the server; the other parts mean nothing without one. The first goes before the second.
_SERVER = ("DB_CONNECTION_NAME", "DB_HOST")
_PARTS = (*_SERVER, "DB_PORT", "DB_NAME", "DB_USER", "DB_PASSWORD")
# Where the socket of a Cloud SQL instance is.
_SOCKETS = "/cloudsql"


def named_url(
    variable: str, given: str, places: Mapping[str, Mapping[str, str]], otherwise: str, *, parts: bool
) -> tuple[str, str]:
    """The URL, empty where it is still to be asked for, and what names it; `places` hold variables, strongest first.

    What is asked is called `otherwise`, empty for nothing; the `parts` of a URL count where that is so.
    """
    if given:
        return given, "--database"
    for place, variables in places.items():
        if variables.get(variable):
            return variables[variable], f"{variable} ({place})"
    return ("", otherwise) if otherwise or not parts else from_parts(places)


def asked_url(project: Path, file: str, command: Sequence[str], where: str) -> str:
    """What the file holds, or else the program prints; UsageError, which says `where`, if that is nothing."""
    found = from_file(project / Path(file).expanduser()) if file else from_command(command, project)
    if not found:
        raise UsageError("gives no database URL, but nothing", where=where)
    return found


def from_file(path: Path) -> str:
    """What is in the file; UsageError if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise UsageError(f"the database URL cannot be read: {reason}", where=str(path), hint="see url_file") from None


def from_command(command: Sequence[str], project: Path) -> str:
    """What the program prints, called in the project without a shell; UsageError if it fails."""
    try:
        done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError) as error:
        code = getattr(error, "returncode", None)
        reason = f"exit code {code}" if code is not None else type(error).__name__
        raise UsageError(f"url_command failed: {reason}", where=str(command[0]), hint="run it by hand") from None
    return done.stdout.strip()


def from_parts(places: Mapping[str, Mapping[str, str]]) -> tuple[str, str]:
    """The URL that DB_HOST and its like make, and their places, the strongest first; both empty if no server is named.

    UsageError if a part makes no sense.
    """
    named = [(name, place) for place, variables in places.items() for name in _SERVER if variables.get(name)]
    if not named:
        return "", ""
    name, strongest = named[0]
    found = {
        part: (place, variables[part])
        for place, variables in reversed(list(places.items()))
        for part in _PARTS
        if variables.get(part) and part not in _SERVER
    }
    if "://" in places[strongest][name]:
        raise UsageError("is a URL, not a server's name", where=f"{name} ({strongest})", hint="set DATABASE_URL to it")
    used = [place for place in places if place == strongest or place in {place for place, _ in found.values()}]
    return _url(name, places[strongest][name], found), f"{name} … ({', '.join(used)})"


def _url(name: str, server: str, found: Mapping[str, tuple[str, str]]) -> str:
    """The URL with every part encoded, so that each arrives as it is."""
    place, port = found.get("DB_PORT", ("", "5432"))
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise UsageError("is not a number from 1 to 65535", where=f"DB_PORT ({place})", hint="write the port alone")
    texts = {part: _encoded(part, value) for part, (_, value) in found.items()}
    user, password, database = (texts.get(f"DB_{part}", "") for part in ("USER", "PASSWORD", "NAME"))
    who = f"{user}:{password}@" if password else f"{user}@" if user else ""
    if name == "DB_CONNECTION_NAME" and not server.startswith("/"):
        server = f"{_SOCKETS}/{server}"
    if server.startswith("/"):
        return f"postgres://{who}/{database}?host={_encoded(name, server, '/:')}&port={port}"
    hosts = (_encoded(name, host.removeprefix("[").removesuffix("]"), ":") for host in server.split(","))
    places = ",".join(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host in hosts)
    return f"postgres://{who}{places}/{database}"


def _encoded(name: str, value: str, safe: str = "") -> str:
    try:
        return quote(value, safe=safe)
    except UnicodeEncodeError:
        raise UsageError("is not UTF-8", where=name, hint="set it again, or give the whole URL") from None
