"""`migratekit stats`."""

import argparse
import json
from pathlib import Path
from typing import Any

from ..errors import ExitCode
from ..session import Session
from ._shared import moment


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(session: Session) -> ExitCode:
    """Prints what the server has counted for this database; writes nothing."""
    query = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    with session.engine() as engine:
        document = json.loads(engine.database.row(query)[0] or "{}")
    if session.options.json:
        session.console.json({"environment": session.settings.environment} | document)
    else:
        _print(session, document)
    return ExitCode.DONE


def _print(session: Session, document: dict[str, Any]) -> None:
    out, connections, queries = session.console.out, document["connections"], document["queries"]
    since = f" since {moment(document['since'])}" if document["since"] else ""
    out(f"{document['database']}{since}, last check {moment(document['checked'])}")
    out("  connections  " + ", ".join(f"{number:,} {name}" for name, number in connections.items()))
    out("  queries      " + ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in queries.items()))
    if document["tables"]:
        rows = [
            (f"{table['schema']}.{table['table']}", f"about {table['rows']:,}", f"{table['bytes'] / 1024:,.0f} kB")
            for table in document["tables"]
        ]
        session.console.table(("table", "rows", "size"), rows)
