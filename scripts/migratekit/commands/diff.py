"""`migratekit diff NAME --models module:attribute` or `--schema FILE.sql`."""

import argparse
import sys

from ..authoring.naming import slug
from ..errors import ExitCode
from ..session import Session
from ._diff import Asked, write_difference
from ._shadow import VARIABLE, given_shadow


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("name", metavar="NAME", help="what the new files are called")
    wanted = parser.add_mutually_exclusive_group(required=True)
    wanted.add_argument(
        "--models", metavar="MODULE:ATTR", help="SQLAlchemy's MetaData, or what has one, as app.models:Base"
    )
    wanted.add_argument("--schema", metavar="FILE.sql", help="file that makes the schema in an empty database")
    parser.add_argument("--preview", action="store_true", help="print the files and write nothing")
    parser.add_argument("--allow-destructive", action="store_true", help="do too what may lose rows or values")
    parser.add_argument(
        "--rename",
        metavar="OLD=NEW",
        action="append",
        default=[],
        help="table, or table.column, that gets another name",
    )
    parser.add_argument("--ignore", action="append", default=[], metavar="PATTERN", help="leave these objects alone")
    parser.add_argument("--timestamp", action="store_true", help="number them by the time (UTC) instead of in sequence")
    parser.add_argument("--exit-code", action="store_true", help="exit with 4 if there are differences")
    parser.add_argument("--python", metavar="PATH", default=sys.executable, help="the Python that has the models")
    parser.add_argument("--shadow", metavar="URL", help=f"server on which to make databases for it ({VARIABLE})")


def run(session: Session) -> ExitCode:
    """Writes the files that bring the schema of the files to that of models, or of a file."""
    options = session.options
    asked = Asked(
        slug(options.name),
        options.models,
        options.schema,
        preview=options.preview,
        timestamp=options.timestamp,
        destructive=options.allow_destructive,
        renames=options.rename,
        ignored=options.ignore,
        exit_code=options.exit_code,
        python=options.python,
        shadow=given_shadow(session),
    )
    return write_difference(session, asked)
