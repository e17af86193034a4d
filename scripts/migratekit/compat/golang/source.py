"""Where golang-migrate would find files and database behind its two URLs."""

import os
import re
from urllib.parse import unquote

from ...errors import MigratekitError, SourceError
from ...migration import Migration
from ...sources._survey import DuplicateMigration
from ...sources.golang import read_folder
from ...url import PGX_SCHEMES, SCHEMES, DatabaseURL, parse, scheme_of, wishes_for
from .flags import unsigned


class OpenError(MigratekitError):
    """Source or database cannot be opened; the message is golang-migrate's."""


def check_scheme(url: str, kind: str) -> str:
    """The URL's scheme; OpenError if there is none."""
    reason = "URL cannot be empty" if not url else "no scheme"
    scheme = scheme_of(url)
    if not scheme:
        raise OpenError(f"failed to parse scheme from {kind} URL: {reason}")
    return scheme


def open_source(url: str) -> list[Migration]:
    """The migrations behind a file:// URL; OpenError if they cannot be listed."""
    scheme, _, rest = url.partition(":")
    quoted = '"' + url.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if scheme.lower() != "file":
        raise OpenError(
            f"failed to open source, {quoted}: source driver: unknown driver '{scheme.lower()}' (forgotten import?)"
        )
    folder = unquote(re.split(r"[?#]", rest.removeprefix("//"), maxsplit=1)[0], errors="surrogateescape")
    try:
        return read_folder(os.path.abspath(folder or "."))  # noqa: PTH100
    except DuplicateMigration as error:
        raise OpenError(f"failed to open source, {quoted}: duplicate migration file: {error.name}") from None
    except SourceError as error:
        raise OpenError(f"failed to open source, {quoted}: {error}") from None
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        raise OpenError(f"failed to open source, {quoted}: open .: {reason}") from None


def database_url(url: str) -> DatabaseURL:
    """The database's URL taken apart; OpenError if it names no PostgreSQL."""
    scheme = scheme_of(url)
    unknown = OpenError(f"failed to open database: database driver: unknown driver {scheme} (forgotten import?)")
    if scheme not in SCHEMES | PGX_SCHEMES:
        raise unknown
    try:
        parsed = parse(url, dialects=False)
    except MigratekitError as error:
        raise OpenError(f"failed to open database: {error}") from None
    if scheme in PGX_SCHEMES and not parsed.user:
        # Builds of golang-migrate differ in their drivers; the common one knows no pgx. Taking those URLs
        # over is for those who use them, and their URLs name a user.
        raise unknown
    return parsed


def libpq_defaults(url: DatabaseURL) -> dict[str, str]:
    """What Go's driver takes where URL and environment say nothing."""
    defaults = {"fallback_application_name": "migrate"}
    if url.scheme in SCHEMES:
        defaults["sslmode"] = "require"
    if not {"hostaddr", "service"} & url.parameters.keys() and not (
        os.environ.get("PGHOSTADDR") or os.environ.get("PGSERVICE")
    ):
        defaults["host"] = "localhost"
    return defaults


def cut_pieces(url: DatabaseURL) -> int | None:
    """x-multi-statement's largest piece in bytes; None where files are sent whole."""
    text = url.wishes.get("x-multi-statement-max-size", "")
    size = unsigned(text) if text else 10 * 2**20
    if size is None:
        raise OpenError("x-multi-statement-max-size is not a number")
    return (size or 10 * 2**20) if wishes_for(url, "x-multi-statement") else None


def file_timeout(url: DatabaseURL) -> float | None:
    """x-statement-timeout in seconds; None without one."""
    text = url.wishes.get("x-statement-timeout", "")
    number = unsigned(text.removeprefix("-")) if text else 0
    if number is None:
        raise OpenError(f'x-statement-timeout "{text}" is not a number of milliseconds')
    return number / 1000 if number and not text.startswith("-") else None
