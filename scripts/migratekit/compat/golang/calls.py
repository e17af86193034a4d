"""One call of `migrate`: from its arguments to its exit code, with golang-migrate's words for what goes wrong."""

import os
import signal
import sys
from collections.abc import Sequence

from ... import __version__
from ...errors import LockTimeout, MigratekitError
from ...plan import UnknownVersion
from . import words
from .command import OPTIONS, Command, parse_flags
from .log import Exit, Log


def run(name: str, arguments: Sequence[str]) -> int:
    """Does what the arguments say; the exit code."""
    log = Log()
    sys.stderr.reconfigure(errors="surrogateescape")  # type: ignore[union-attr]
    try:
        _run(name, arguments, log)
    except Exit as end:
        return end.code
    except UnknownVersion as error:
        log.line(f"error: {words.failure(error)}", end="")
        log.line(f"error: {words.failure(error)}")
        return 1
    except LockTimeout:
        log.line("error: timeout: can't acquire database lock")
        return 1
    except MigratekitError as error:
        log.line(f"error: {words.failure(error)}")
        return 1
    except KeyboardInterrupt:
        # As a program that does not catch it: the shell must see the signal.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    return 0


def _run(name: str, arguments: Sequence[str], log: Log) -> None:
    flags = parse_flags(arguments, OPTIONS, log, lambda: words.usage(name))
    log.verbose = flags.on("verbose")
    if flags.on("version"):
        return log.line(__version__)
    if flags.on("help"):
        return log.line(words.usage(name))
    command = Command(name, flags, log)
    try:
        command.run()
    finally:
        if command.engine is not None:
            command.engine.close()
    return None
