"""The objects in the database: has something been left half-finished?"""

import json
from collections.abc import Mapping
from pathlib import Path

from ..database import Database
from ._findings import Finding, found

_PARTITIONED = "I"
_KINDS = {"f": "foreign key", "c": "check", "n": "NOT NULL"}


def check_objects(database: Database) -> list[Finding]:
    """INVALID indexes that nobody builds at this moment, and constraints that are NOT VALID; only reads."""
    query = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    rows = json.loads(database.row(query)[0] or "[]")
    return [_index(row) if row["rule"] == "invalid-index" else _constraint(row) for row in rows]


def _index(row: Mapping[str, str]) -> Finding:
    if row["kind"] == _PARTITIONED:
        what = f"is INVALID: not every partition of {row['of']} has its index attached to it"
        remedy = "ALTER INDEX … ATTACH PARTITION … for each partition that lacks it, in a new migration"
    else:
        what = f"is INVALID: no query of {row['of']} uses it, but every write pays for it"
        remedy = "migratekit repair"
    return found("invalid-index", row["name"], what, remedy)


def _constraint(row: Mapping[str, str]) -> Finding:
    kind = _KINDS.get(row["kind"], "constraint")
    what = f"is NOT VALID: the {kind} holds for new rows, but old ones were never checked"
    return found("unvalidated-constraint", row["name"], what, f"in a new migration: {row['remedy']}")
