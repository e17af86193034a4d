"""The `migrate` command: golang-migrate's options, words, streams and exit codes over our engine."""

from .command import main

__all__ = ["main"]
