"""Everything that the page shows, made from the record; what a record lacks is empty."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from .bars import file_plot, lock_plot, stage_plot
from .files import amount, files
from .stages import Document, attempts, exit_code, failed_stage, noted, runs
from .story import verdict, version
from .units import duration, local, plain

_PROOFS = {"list": "its list was read", "restore": "restored and compared", "command": "checked by its service"}
_KINDS = {"release": "Release", "rehearsal": "Rehearsal", "run": "Run"}
_LEVELS = ("fail", "error", "warn", "warning", "ok")
_CHECK = dict.fromkeys(("check", "subject", "figure", "limit", "hint", "level"), "")
_FINDING = dict.fromkeys(("rule", "file", "line", "problem", "remedy", "level"), "")
_QUERY = {"check": "", "rows": None, "level": "ok"}
_STEP = dict.fromkeys(("direction", "label", "mode", "sql"), "")


class Fact(NamedTuple):
    """A short text under a name; `kind` is moment, duration or plain."""

    name: str
    value: Any
    kind: str = "text"


def view(document: Document) -> dict[str, Any]:
    """The values that the template is filled with."""
    document = {"kind": "run", "environment": "", **document}
    found = files(document)
    failed = failed_stage(document)
    return {
        "title": f"{_KINDS.get(document['kind'], 'Run')} {document['run']}",
        "kind": _KINDS.get(document["kind"], "Run"),
        "environment": document["environment"],
        "verdict": verdict(document),
        "facts": list(_facts(document)),
        "error": _error(failed.get("error") if failed else None),
        "stages": stage_plot(document),
        "timeline": file_plot(found),
        "locks": lock_plot(found),
        "files": found,
        "columns": _columns(found),
        "plan": _plan(document, found),
        "checks": _by_level(noted(document, "checks"), _CHECK),
        "backup": list(_backup(document)),
        "tables": [(way, [_table(table) for table in found]) for way, found in _both_ways(document, "tables")],
        "catalog": [(way, [(_line_kind(one), one) for one in found]) for way, found in _both_ways(document, "catalog")],
        "not_looked_at": noted(document, "not_looked_at") or [],
        "drift": _drift(document),
        "findings": _by_level(_findings(document), _FINDING),
        "integrity": _by_level(noted(document, "integrity"), _QUERY),
        "after": _after(document),
        "colophon": list(_colophon(document)),
        "zone": _zone(document["began"]),
    }


def _facts(document: Document) -> Iterator[Fact]:
    went = runs(document)
    if database := noted(document, "database"):
        yield Fact("Database", database["url"] if isinstance(database, dict) else database, "mono")
    if went:
        yield Fact("Version", f"{_bare(went[0]['before'])} → {_bare(went[-1]['after'])}", "strong")
    elif "version" in document.get("state", {}):
        yield Fact("Version", _bare(document["state"]), "strong")
    yield Fact("Began", document["began"], "moment")
    yield Fact("Took", _took(document), "duration")
    yield Fact("By", f"{document.get('os_user') or '?'} on {document.get('host') or '?'}")
    users = {attempt.get("database_user") for run in went for attempt in attempts(run)} - {None, ""}
    if users:
        yield Fact("Role", ", ".join(sorted(map(str, users))))
    if document.get("commit"):
        yield Fact("Commit", document["commit"], "mono")
    if backup := noted(document, "backup"):
        yield Fact("Backup", f"{backup.get('name', '')}, {_proof(backup)}")
    elif document.get("without_backup"):
        yield Fact("Backup", f"none: {document['without_backup']}")


def _bare(state: Document) -> str:
    return version(state).removeprefix("version ").replace("no version", "none")


def _took(document: Document) -> float | None:
    ended = document.get("ended")
    return (local(ended) - local(document["began"])).total_seconds() if ended else None


def _zone(text: str) -> str:
    time = local(text)
    return f"{time:%Z} (UTC{time:%z})" if f"{time:%z}" != "+0000" else "UTC"


def _error(error: Document | None) -> Document | None:
    if not error:
        return None
    first, _, rest = str(error.get("what") or "").partition("\n")
    told = {name: str(error.get(name) or "") for name in ("where", "hint", "way_back")}
    return {"what": first, "rest": rest, **told}


def _columns(found: Sequence[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """The figures of which at least one file has something to show."""
    every = [
        ("seconds", "Time", "duration"),
        ("wait", "Lock wait", "duration"),
        ("rows", "Rows", "number"),
        ("wal", "WAL", "size"),
        ("growth", "Growth", "size"),
        ("tries", "Tries", "number"),
    ]
    return [column for column in every if any(file[column[0]] for file in found)]


def _plan(document: Document, found: Sequence[object]) -> list[Document]:
    """What would run, where nothing of it did."""
    steps = [] if found else noted(document, "plan") or ()
    return [{**_STEP, "label": f"{step['version']}_{step['name']}", **step} for step in steps]


def _drift(document: Document) -> Document | None:
    """What is not as the files make it, as of when the page was asked for, or else the release looked."""
    found = document.get("drift") or noted(document, "drift")
    if found is None:
        return None
    told = [{"part": "", "lines": [], **each} for each in found.get("differences") or ()]
    for each in told:
        each["lines"] = [(_line_kind(line) if each["kind"] == "different" else "same", line) for line in each["lines"]]
    return {"at": "", "files": 0, "error": None, **found, "differences": told}


def _by_level(results: Sequence[Document] | None, form: Document) -> dict[str, Any]:
    """The results that need a look, the worst first, and those that are fine."""
    every = [{**form, **result} for result in results or ()]
    every.sort(key=lambda one: _LEVELS.index(one["level"]) if one["level"] in _LEVELS else 0)
    fine = [one for one in every if one["level"] == "ok"]
    return {"open": [one for one in every if one["level"] != "ok"], "fine": fine, "asked": results is not None}


def _backup(document: Document) -> Iterator[Fact]:
    backup = noted(document, "backup")
    if not backup:
        return
    yield Fact("Name", backup.get("name") or "", "mono")
    if backup.get("path"):
        yield Fact("Place", backup["path"], "mono")
    total = amount(backup.get("bytes"))
    if total is not None:
        yield Fact("Size", total, "size")
    if backup.get("started_at") and backup.get("ended_at"):
        took = (local(backup["ended_at"]) - local(backup["started_at"])).total_seconds()
        yield Fact("Took", took, "duration")
    yield Fact("Of", f"{backup.get('database') or ''} at {version(backup)}")
    if backup.get("tables"):
        yield Fact("Tables", ", ".join(map(str, backup["tables"])))
    yield Fact("Verified", _proof(backup))
    if backup.get("tool"):
        yield Fact("Made by", backup["tool"])


def _proof(backup: Document) -> str:
    return _PROOFS.get(backup.get("verified") or "", "not verified")


def _both_ways(document: Document, name: str) -> Iterator[tuple[str, list[Any]]]:
    """What the run noted, and what the way back did."""
    for way, found in (("", noted(document, name)), (" on the way back", noted(document, f"rollback_{name}"))):
        if found:
            yield way, found


def _findings(document: Document) -> list[Document] | None:
    """Those of all stages, each once; None where nobody looked."""
    every = [stage["findings"] for stage in document["stages"] if stage.get("findings") is not None]
    return list({str(finding): finding for found in every for finding in found}.values()) if every else None


def _table(table: Document) -> dict[str, Any]:
    def difference(name: str) -> float | None:
        before, after = amount(table.get(f"{name}_before")), amount(table.get(f"{name}_after"))
        return None if before is None or after is None else after - before

    names = ("rows_before", "rows_after", "bytes_before", "bytes_after")
    figures = {name: amount(table.get(name)) for name in names}
    more = {"rows_more": difference("rows"), "bytes_more": difference("bytes")}
    return {"table": table.get("table", ""), "exact": bool(table.get("exact")), **figures, **more}


def _line_kind(line: str) -> str:
    if line.startswith(("+++", "---", "@@")):
        return "at"
    return {"+": "plus", "-": "minus"}.get(line[:1], "same")


def _after(document: Document) -> str:
    state = document.get("state") or {}
    if "error" in state:
        return f"Where the database is could not be asked: {state['error']}"
    if "version" not in state:
        return ""
    pending = state.get("pending")
    return f"At its end the database was at {version(state)}" + (
        f", with {pending} pending." if pending else ", nothing pending."
    )


def _colophon(document: Document) -> Iterator[Fact]:
    yield Fact("Record", document["run"], "mono")
    for run in runs(document):
        if run.get("id"):
            yield Fact("Run in the history", run["id"], "mono")
    number = next((run["server_version"] for run in runs(document) if run.get("server_version")), None)
    if number:
        yield Fact("Server", f"PostgreSQL {number // 10000}.{number % 10000}")
    database = noted(document, "database")
    settings = database.get("settings", {}) if isinstance(database, dict) else {}
    for name, value in settings.items():
        yield Fact(name, value)
    if document.get("tool"):
        yield Fact("Tool", document["tool"])
    if document.get("ended"):
        yield Fact("Ended", document["ended"], "moment")
    code = exit_code(document)
    if code is not None:
        yield Fact("Exit code", str(code))
    waits = [
        attempt["runner_wait"] for run in runs(document) for attempt in attempts(run) if attempt.get("runner_wait")
    ]
    if waits and max(waits) >= 0.1:
        yield Fact("Waited for other runners", plain(duration(max(waits))))
