"""What golang-migrate says, to the letter."""

from ...errors import MigratekitError, SourceError
from ...failures import FileFailed, LeftOpen, PieceTooLong
from ...guards import DirtyDatabase
from ...lock import Holder
from ...plan import Step, UnknownVersion
from ...tracking.version_table import RowRefused

USAGE = """Usage: {name} OPTIONS COMMAND [arg...]
       {name} [ -version | -help ]

Options:
  -source          Location of the migrations (driver://url)
  -path            Shorthand for -source=file://path
  -database        Run migrations against this database (driver://url)
  -prefetch N      Taken and ignored: files are read when they are run (default 10)
  -lock-timeout N  Allow N seconds to acquire database lock (default: 15 behind a question, else no limit)
  -verbose         Print verbose logging
  -version         Print version
  -help            Print usage

Commands:
  {create}
{create_options}
  goto V       Migrate to version V
  up [N]       Apply all or N up migrations
  down [N] [-all]    Apply all or N down migrations
        Use -all to apply all down migrations
  drop [-f]    Drop everything inside database
        Use -f to bypass confirmation
  force V      Set version V but don't run migration (ignores dirty state)
  version      Print current migration version

Source drivers: file
Database drivers: pgx, pgx4, pgx5, postgres, postgresql"""

CREATE = "create [-ext E] [-dir D] [-seq] [-digits N] [-format] [-tz] NAME"
CREATE_OPTIONS = """\
        Create a set of timestamped up/down migrations titled NAME, in directory D with extension E.
        Use -seq option to generate sequential up/down migrations with N digits.
        Use -format option to specify a Go time format string for the version; two of the same version are an error.
        Use -tz option to specify the timezone of versions that are times (default: UTC)."""

HELP = {
    "create": f"{CREATE}\n{CREATE_OPTIONS}",
    "goto": "goto V       Migrate to version V",
    "up": "up [N]       Apply all or N up migrations",
    "down": "down [N] [-all]    Apply all or N down migrations\n        Use -all to apply all down migrations",
    "drop": "drop [-f]    Drop everything inside database\n        Use -f to bypass confirmation",
    "force": "force V      Set version V but don't run migration (ignores dirty state)",
}


def usage(name: str) -> str:
    """The usage text of the whole command."""
    return USAGE.format(name=name, create=CREATE, create_options=CREATE_OPTIONS)


def label(step: Step) -> str:
    """A migration in a line of output: version, direction, title."""
    file = step.migration.file(step.direction)
    return f"{step.migration.version}/{step.direction[0]} {file.title if file else '<empty>'}"


def duration(seconds: float) -> str:
    """A time as Go prints it."""
    nanoseconds = round(seconds * 1e9)
    if nanoseconds == 0:
        return "0s"
    for unit, size in (("ns", 1), ("µs", 10**3), ("ms", 10**6)):
        if nanoseconds < size * 1000:
            return _trim(nanoseconds / size) + unit
    minutes, rest = divmod(nanoseconds / 1e9, 60)
    hours, minutes = divmod(int(minutes), 60)
    lead = f"{hours}h{minutes}m" if hours else f"{minutes}m" if minutes else ""
    return f"{lead}{_trim(rest)}s"


def waiting(holder: Holder | None) -> str:
    """Why nothing happens yet."""
    return f"waiting for the database lock, held by {holder}" if holder else "waiting for the database lock"


def failure(error: Exception) -> str:
    """An engine's error in golang-migrate's words."""
    match error:
        case FileFailed():
            return _file_failed(error)
        case RowRefused():
            return f"{error.error.what} in line 0: {error.statement}"
        case DirtyDatabase():
            return f"Dirty database version {error.state.number}. Fix and force version."
        case UnknownVersion():
            v = error.version
            return f"no migration found for version {v}: read down for version {v} .: file does not exist"
        case LeftOpen():
            return f"transaction start failed in line 0: {error.what} (details: {error.what})"
        case PieceTooLong():
            return f"{error.what}: token too long"
        case SourceError():
            return str(error)
    return error.what if isinstance(error, MigratekitError) else str(error)


def _file_failed(failed: FileFailed) -> str:
    error, text = failed.error, failed.sent.decode("utf-8", "surrogateescape")
    line, column = position(text, error.position)
    message = error.what
    message += f" (column {column})" if line else ""
    message += f", {error.detail}" if error.detail else ""
    return f"migration failed: {message} in line {line}: {text} (details: pq: {error.what})"


def position(text: str, character: int) -> tuple[int, int]:
    """Line and column of the n-th character, (0, 0) outside of the text; counted after CRLF became LF."""
    text = text.replace("\r\n", "\n")
    if not 0 < character <= len(text):
        return 0, 0
    before = text[:character]
    return before.count("\n") + 1, character - 1 - before.rfind("\n")


def _trim(number: float) -> str:
    return f"{number:.6f}".rstrip("0").rstrip(".")
