"""argv -> settings -> command -> exit code."""

import argparse
import gc
import importlib
import os
import re
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, NoReturn

from . import __version__, log
from .commands import ALIASES, VERBS
from .console import Console
from .errors import ExitCode, Interrupted, MigratekitError, Refused, UsageError
from .reports import VARIABLE as RELEASE
from .signals import heard

if TYPE_CHECKING:
    from .session import Session
    from .settings import Settings

EXIT_CODES = """exit codes:
  0 done, or nothing to do     4 dirty, or a broken history
  1 failed                     5 the lock was not obtained
  2 wrong usage or settings    6 migrations are pending, still
  3 refused by a rule        130 interrupted"""

# A run makes hardly any garbage.
_RARELY = 100_000
_WHAT_TO_TYPE = "`migratekit up` applies what is pending, `migratekit status` shows it, `migratekit --help` lists all"


def main() -> NoReturn:
    """Runs `migratekit` with the arguments of the process, and exits."""
    # What is loaded stays: to look for garbage in it takes a good part of a short call.
    gc.disable()
    console = Console(sys.stdout, sys.stderr, debug=os.environ.get("DEBUG", "").lower() in ("1", "true", "yes"))
    try:
        if _wants_json(sys.argv[1:], os.environ.get("MIGRATEKIT_LOG_FORMAT", "")):
            console.entries = log.Entries(os.environ.get(RELEASE, ""))
        if os.environ.get(log.VARIABLE):
            console.log = log.Log.open(os.environ[log.VARIABLE])
        code = run(sys.argv[1:], console)
    except KeyboardInterrupt:
        console.note("interrupted")
        code = ExitCode.INTERRUPTED
    except BrokenPipeError:
        # The reader of our output is gone; what was to be done is done or rolled back.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        with suppress(OSError):
            console.note("error: whoever read the output is gone; `migratekit status` shows where the database is")
        code = ExitCode.FAILED
    except MigratekitError as error:
        console.failure(error)
        code = error.exit_code
    except OSError as error:
        console.note(f"error: {error.filename or 'output'}: {error.strerror}")
        code = ExitCode.FAILED
    except Exception as error:
        console.fault(error)
        code = ExitCode.FAILED
    gc.freeze()
    sys.exit(code)


def run(arguments: Sequence[str], console: Console) -> ExitCode:
    """Does what the arguments say; the exit code, or a MigratekitError."""
    options = _parser(arguments).parse_args(arguments)
    if options.verb is None:
        raise UsageError("there is no verb, so nothing was done", hint=_WHAT_TO_TYPE)
    options.verb = ALIASES.get(options.verb, options.verb)
    module = _module(options.verb)
    from .checks._findings import RULES
    from .preflight import CHECKS
    from .session import Session
    from .settings import load

    gc.freeze()
    gc.set_threshold(_RARELY)
    gc.enable()
    settings = load(vars(options), os.environ, Path.cwd(), VERBS, RULES, CHECKS)
    _refuse_forbidden(settings, options.verb)
    session = Session(settings, options, console)
    for number in set(heard()) - {signal.SIGINT}:
        signal.signal(number, lambda _number, _frame: _terminate(session))
    wants_json = settings.values["log_format"].value == "json"
    console.entries = log.Entries(os.environ.get(RELEASE, "")) if wants_json else None
    if console.entries:
        console.entries.run, console.entries.environment = session.outlets.run, settings.environment
    with session.recorded() as stage:
        stage.exit_code = ExitCode(module.run(session))
        if session.outcome and session.outcome.applied and (file := str(settings.values["schema_file"].value)):
            _module("dump").keep(session, file)
    return stage.exit_code


def _module(verb: str) -> ModuleType:
    return importlib.import_module(f".commands.{verb.replace('-', '_')}", __package__)


def _refuse_forbidden(settings: "Settings", verb: str) -> None:
    if not settings.allows(verb):
        raise Refused(
            f"environment {settings.environment} does not allow `{verb}`",
            hint=f"its rules are in {settings.values['verbs'].source}",
        )


def _wants_json(arguments: Sequence[str], variable: str) -> bool:
    """What the log looks like until the settings are read; what is wrong with them is told in it."""
    given = [text for option, text in pairwise(arguments) if option == "--log-format"]
    given += [word.partition("=")[2] for word in arguments if word.startswith("--log-format=")]
    return (given or [variable])[-1] == "json"


def _terminate(session: "Session") -> NoReturn:
    raise Interrupted("terminated" if session.outcome else "terminated before anything was run")


class _Parser(argparse.ArgumentParser):
    """Errors as the rest of the command prints them."""

    def error(self, message: str) -> NoReturn:
        """Raises UsageError instead of exiting."""
        if word := re.match(r"argument VERB: invalid choice: '(.*?)'", message):
            from .commands._others import instead_of

            raise UsageError(
                f"there is no verb {word[1]!r}, so nothing was done", hint=instead_of(word[1], [*VERBS, *ALIASES])
            )
        raise UsageError(message, hint=f"`{self.prog} --help` lists what there is")


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    parser = _Parser(
        prog="migratekit",
        description="PostgreSQL schema migrations in plain SQL files.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"migratekit {__version__}")
    _common(parser, first=True)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", parser_class=_Parser)
    spelled = {verb: [alias for alias, name in ALIASES.items() if name == verb] for verb in VERBS}
    for verb, what in VERBS.items():
        sub = verbs.add_parser(
            verb, help=what, description=f"{what[0].upper()}{what[1:]}.", aliases=spelled[verb], allow_abbrev=False
        )
        if {verb, *spelled[verb]} & set(arguments):
            _common(sub, first=False)
            _module(verb).arguments(sub)
    return parser


def _common(parser: argparse.ArgumentParser, *, first: bool) -> None:
    """The options that every verb takes, in front of it and behind it."""
    # A default behind the verb would erase what was given in front of it.
    group = parser.add_argument_group("common options", argument_default=None if first else argparse.SUPPRESS)
    group.add_argument("--env", metavar="NAME", help="environment, environments/NAME.yaml (development)")
    group.add_argument("--database", metavar="URL", help="database, whatever the environment names")
    group.add_argument("--path", metavar="DIR", help="folder of the migrations (migrations)")
    group.add_argument("--source", metavar="NAME", help="convention of the files (what the folder shows)")
    group.add_argument("--table", metavar="NAME", help="version table (schema_migrations)")
    group.add_argument("--lock-wait", metavar="TIME", help="wait so long for other runners (5m)")
    group.add_argument("--lock-timeout", metavar="TIME", help="let a statement wait so long for a lock (0: for ever)")
    group.add_argument("--statement-timeout", metavar="TIME", help="let a statement run so long (0: for ever)")
    group.add_argument("--log-format", metavar="FORMAT", help="what is written to stderr: text, or json (text)")
    group.add_argument("--yes", action="store_true", help="answer every question with yes")
