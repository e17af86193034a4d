"""The files of a run, each with what is known of it, whoever measured it."""

from collections.abc import Iterator, Mapping
from typing import Any

from .stages import Document, attempts, noted, runs
from .units import duration, plain

_TONES = {"applied": "good", "repaired": "good", "failed": "bad", "interrupted": "warn", "running": "warn"}
# Of a long file, the page shows its beginning.
_MAX_SQL = 60_000


def files(document: Document) -> list[dict[str, Any]]:
    """Every file that was sent, and those that were not any more; of the way back too."""
    planned = {_key(step): step for step in noted(document, "plan") or ()}
    found = []
    for number, run in enumerate(runs(document)):
        for attempt in attempts(run):
            step = planned.get(_key(attempt), {})
            found.append(_file(attempt, step) | {"back": number > 0})
        left = run.get("not_run") or ()
        found += [_file({**step, "outcome": "not run"}, {}) | {"back": number > 0} for step in left]
    return found


def _key(step: Mapping[str, Any]) -> tuple[object, ...]:
    """What tells a file from the others of a run; one without a version by its name."""
    return step["direction"], step["version"], step.get("name") if step["version"] is None else ""


def growth(value: object) -> float | None:
    """Bytes by which tables grew, of one or of several."""
    if isinstance(value, Mapping):
        sizes = [each for each in map(amount, value.values()) if each is not None]
        return sum(sizes) if sizes else None
    return amount(value)


def amount(value: object) -> float | None:
    """A number, if it is one."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def words(value: object) -> list[str]:
    """What somebody noted of sessions, one text for each."""
    if value is None or value == "" or isinstance(value, bool):
        return []
    if isinstance(value, Mapping):
        return [", ".join(f"{name} {text}" for name, text in _flat(value))]
    if isinstance(value, list):
        return [text for each in value for text in words(each)]
    return [f"{value:g} s" if isinstance(value, float) else str(value)]


def _kept_waiting(value: object) -> list[str]:
    if isinstance(value, Mapping) and {"sessions", "seconds"} <= value.keys():
        count, seconds = value["sessions"], amount(value["seconds"])
        return [f"{count} session{'' if count == 1 else 's'}, for up to {plain(duration(seconds))}"]
    return words(value)


def _flat(value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, each in value.items():
        if each not in (None, "", [], {}):
            yield name.replace("_", " "), "; ".join(words(each)) if isinstance(each, Mapping | list) else f"{each}"


def _file(attempt: Document, step: Document) -> dict[str, Any]:
    figures = attempt.get("figures") or {}
    outcome = attempt.get("outcome", "applied")
    wait = amount(figures.get("lock_wait"))
    sql = str(attempt.get("sql") or step.get("sql") or "")
    return {
        "label": attempt["label"],
        "direction": attempt["direction"],
        "outcome": outcome,
        "tone": _TONES.get(outcome, "calm"),
        "mode": step.get("mode", ""),
        "began": attempt.get("started_at"),
        "seconds": amount(attempt.get("seconds")),
        "wait": amount(attempt.get("lock_wait")) if wait is None else wait,
        "runner_wait": amount(attempt.get("runner_wait")),
        "rows": amount(attempt.get("rows")),
        "wal": amount(attempt.get("wal_bytes")),
        "growth": growth(figures.get("growth")),
        "tries": amount(figures.get("tries")),
        "locks": figures.get("locks") or {},
        "blockers": words(figures.get("blocked_by")),
        "kept_waiting": _kept_waiting(figures.get("kept_waiting")),
        "message": attempt.get("message") or "",
        "sqlstate": attempt.get("sqlstate") or "",
        "replayed": attempt.get("replayed") or "",
        "sql": sql[:_MAX_SQL],
        "lines": sql.count("\n") + (not sql.endswith("\n")) if sql else 0,
        "left_out": len(sql) - len(sql[:_MAX_SQL]) + (attempt.get("sql_left_out") or 0),
    }
