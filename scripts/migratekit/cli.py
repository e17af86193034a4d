"""argv -> settings -> command -> exit code."""

import argparse
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from . import __version__
from .commands import ALIASES, VERBS
from .console import Console
from .errors import ExitCode, Interrupted, MigratekitError, UsageError

EXIT_CODES = """exit codes:
  0 done, or nothing to do     4 dirty, or a broken history
  1 failed                     5 the lock was not obtained
  2 wrong usage or settings    6 migrations pending (status --exit-code)
  3 refused by a rule        130 interrupted"""


def main() -> NoReturn:
    """Runs `migratekit` with the arguments of the process, and exits."""
    console = Console(sys.stdout, sys.stderr, debug=os.environ.get("DEBUG", "").lower() in ("1", "true", "yes"))
    try:
        code = run(sys.argv[1:], console)
    except KeyboardInterrupt:
        console.note("interrupted")
        code = ExitCode.INTERRUPTED
    except BrokenPipeError:
        # The reader of our output is gone; what was to be done is done or rolled back.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
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
    sys.exit(code)


def run(arguments: Sequence[str], console: Console) -> ExitCode:
    """Does what the arguments say; the exit code, or a MigratekitError."""
    options = _parser(arguments).parse_args(arguments)
    options.verb = ALIASES.get(options.verb, options.verb)
    module = importlib.import_module(f".commands.{options.verb}", __package__)
    from .checks._findings import RULES
    from .session import Session, refuse_forbidden
    from .settings import load

    settings = load(vars(options), os.environ, Path.cwd(), VERBS, RULES)
    refuse_forbidden(settings, options.verb)
    signal.signal(signal.SIGTERM, _terminate)
    return ExitCode(module.run(Session(settings, options, console)))


def _terminate(_number: int, _frame: object) -> NoReturn:
    raise Interrupted("terminated before anything was run")


class _Parser(argparse.ArgumentParser):
    """Errors as the rest of the command prints them."""

    def error(self, message: str) -> NoReturn:
        """Raises UsageError instead of exiting."""
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
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True, parser_class=_Parser)
    spelled = {verb: [alias for alias, name in ALIASES.items() if name == verb] for verb in VERBS}
    for verb, what in VERBS.items():
        sub = verbs.add_parser(
            verb, help=what, description=f"{what[0].upper()}{what[1:]}.", aliases=spelled[verb], allow_abbrev=False
        )
        if {verb, *spelled[verb]} & set(arguments):
            _common(sub, first=False)
            importlib.import_module(f".commands.{verb}", __package__).arguments(sub)
    return parser


def _common(parser: argparse.ArgumentParser, *, first: bool) -> None:
    """The options that every verb takes, in front of it and behind it."""
    # A default behind the verb would erase what was given in front of it.
    group = parser.add_argument_group("common options", argument_default=None if first else argparse.SUPPRESS)
    group.add_argument("--env", metavar="NAME", help="environment, environments/NAME.yaml (development)")
    group.add_argument("--database", metavar="URL", help="database, whatever the environment names")
    group.add_argument("--path", metavar="DIR", help="folder of the migrations (migrations)")
    group.add_argument("--table", metavar="NAME", help="version table (schema_migrations)")
    group.add_argument("--lock-wait", metavar="TIME", help="wait so long for other runners (5m)")
    group.add_argument("--lock-timeout", metavar="TIME", help="let a statement wait so long for a lock (0: for ever)")
    group.add_argument("--statement-timeout", metavar="TIME", help="let a statement run so long (0: for ever)")
    group.add_argument("--yes", action="store_true", help="answer every question with yes")
