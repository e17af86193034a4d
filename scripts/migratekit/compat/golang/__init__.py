"""The `migrate` command: golang-migrate's options, words, streams and exit codes over our engine."""

import gc
import os
import sys
from typing import NoReturn

# A run makes hardly any garbage, and for the length of a folder nobody needs to look for it.
_RARELY = 100_000


def main() -> NoReturn:
    """Runs `migrate` with the arguments of the process, and exits."""
    # What is loaded stays. To look for garbage in it, while it is loaded and once more at the end, takes a fifth
    # of the time of a short call.
    gc.disable()
    from .calls import run

    gc.freeze()
    gc.set_threshold(_RARELY)
    gc.enable()
    code = run(os.path.basename(sys.argv[0]), sys.argv[1:])  # noqa: PTH119
    gc.freeze()
    sys.exit(code)
