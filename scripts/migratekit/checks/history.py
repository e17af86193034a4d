"""The files against what is applied: changed, renamed, gone, late, or out of order."""

from dataclasses import replace

from ..ledger import Entry, Ledger, Standing
from ..migration import Migration
from ..tracking.history import Outcome
from ._findings import Finding, found

_RULES = {
    Standing.CHANGED: "changed",
    Standing.RENAMED: "renamed",
    Standing.MISSING: "missing",
    Standing.MISSED: "missed",
}
_REMEDIES = {
    "changed": "put back what was applied and make the change a new migration; or `migratekit repair --accept`",
    "renamed": "give it its name back; or `migratekit repair --accept`",
    "missing": "restore it from version control; or `migratekit repair --accept`",
    "missed": "give it a version above all others: `migratekit renumber`; or apply it now: `up --allow-missing`",
    "order": "nothing is to be done here; elsewhere the order may matter",
    "dirty": "`migratekit repair` finds out what of it is there, and mends it",
}
# Of what a baseline stands for.
_SQUASHED = {
    "changed": "`migratekit drift` shows whether that matters; if not: `migratekit repair --accept`",
    "missing": "`migratekit --path migrations/squashed up` goes on with the files as they were",
    "missed": "`migratekit --path migrations/squashed up --allow-missing` applies it from the files as they were",
}
_CHECKOUT = "`migratekit up` in a checkout from before the squash goes on with the files as they were"
_PROBLEMS = {"missing": "is applied, but has no file", "missed": "is late and was never applied: later ones were"}


def check_history(ledger: Ledger) -> list[Finding]:
    """What is wrong between files and history, each with the version it is about."""
    findings = []
    for entry in ledger.entries:
        rule = _RULES.get(entry.standing)
        if rule and not entry.excused:
            # What is known besides, a new name for one, is worth more than a standard sentence.
            problem = _PROBLEMS.get(rule, "")
            remark = f"{problem}; {entry.remark}" if rule == "missing" and entry.remark else problem or entry.remark
            finding = _finding(rule, entry, remark)
            squashed = entry.migration is None and entry.version in ledger.squashed
            remedy = _CHECKOUT if rule == "missing" and ledger.began_with_baseline() else _SQUASHED.get(rule, "")
            findings.append(replace(finding, remedy=remedy) if squashed else finding)
        elif entry.standing is Standing.DIRTY:
            findings.append(_finding("dirty", entry, "stopped half-way"))
        if _is_out_of_order(entry):
            findings.append(_finding("order", entry, "was applied when later ones were there already"))
    return findings


def file_name(entry: Entry) -> str:
    """The up file's name, or what the file was called when it was applied."""
    return migration_name(entry.migration) or f"{entry.version}_{(entry.event and entry.event.name) or '?'}"


def migration_name(migration: Migration | None) -> str:
    """The name of its up file, or of its down file where it has no other."""
    return migration.name if migration else ""


def _is_out_of_order(entry: Entry) -> bool:
    event = entry.event
    if event is None or event.outcome != Outcome.APPLIED or event.version is None:
        return False
    return event.version_before is not None and event.version < event.version_before


def _finding(rule: str, entry: Entry, problem: str) -> Finding:
    return found(rule, file_name(entry), problem, _REMEDIES[rule], entry.version)
