"""Bars on an axis of time: of the stages, of the files, of the locks."""

import datetime
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from .files import amount
from .stages import Document, stages
from .units import duration, plain

# So much of the width that a moment can be seen too.
_LEAST = 0.5
_MOST_RELATIONS = 24
# From the weakest to the strongest; what each stops meanwhile.
_MODES = {
    "ACCESS SHARE": "mild",
    "ROW SHARE": "mild",
    "ROW EXCLUSIVE": "mild",
    "SHARE UPDATE EXCLUSIVE": "schema",
    "SHARE": "writes",
    "SHARE ROW EXCLUSIVE": "writes",
    "EXCLUSIVE": "writes",
    "ACCESS EXCLUSIVE": "all",
}
_STOPS = {
    "all": "stops reading and writing",
    "writes": "stops writing",
    "schema": "stops other changes of the schema",
    "mild": "stops neither reading nor writing",
}


class Bar(NamedTuple):
    """A part of a row, in percent of the axis."""

    x: float
    width: float
    kind: str
    title: str


class Row(NamedTuple):
    """One line of the plot."""

    label: str
    bars: Sequence[Bar]
    seconds: float | None
    note: str = ""
    tone: str = ""


class Plot(NamedTuple):
    """Rows on one axis; ticks are percents with their texts; the legend is kinds with what they mean."""

    rows: Sequence[Row]
    ticks: Sequence[tuple[float, str]]
    legend: Sequence[tuple[str, str]] = ()
    left_out: int = 0


class _Span(NamedTuple):
    """From when to when, in seconds of the axis."""

    start: float
    end: float


def stage_plot(document: Document) -> Plot | None:
    """How long each stage took; None where there is but one."""
    found = [stage for stage in stages(document) if stage.get("began") and stage.get("ended")]
    if len(found) < 2:
        return None
    first = _time(found[0]["began"])
    spans = [_Span(_time(stage["began"]) - first, _time(stage["ended"]) - first) for stage in found]
    total = max(span.end for span in spans)
    rows = []
    for stage, span in zip(found, spans, strict=True):
        bad = bool(stage["exit_code"])
        title = f"{stage['verb']}: {plain(duration(stage['seconds']))}"
        bars = [_bar(span, total, "failed" if bad else "stage", title)]
        rows.append(Row(stage["verb"], bars, stage["seconds"], _ended(stage["exit_code"]), "bad" if bad else ""))
    return Plot(rows, _ticks(total))


def file_plot(files: Sequence[dict[str, Any]]) -> Plot | None:
    """When each file ran, and how long of that it waited; None where that is not known."""
    timed = [file for file in files if file["began"] and file["seconds"] is not None]
    if not timed:
        return None
    spans, total = _spans(timed)
    rows = []
    for file, span in zip(timed, spans, strict=True):
        wait = min(file["wait"] or 0.0, span.end - span.start)
        worked = "failed" if file["tone"] in ("bad", "warn") else "back" if file["back"] else "work"
        title = f"{file['label']}: {plain(duration(file['seconds']))}"
        bars = [_bar(_Span(span.start + wait, span.end), total, worked, title)]
        if wait / total > _LEAST / 100:
            bars.append(_bar(_Span(span.start, span.start + wait), total, "wait", f"waited {plain(duration(wait))}"))
        note = f"waited {plain(duration(wait))}" if file["wait"] and wait >= 0.05 else ""
        rows.append(Row(_named(file), bars, file["seconds"], note, "warn" if note else file["tone"]))
    present = {bar.kind for row in rows for bar in row.bars}
    meaning = {
        "work": "at work",
        "back": "on the way back",
        "failed": "failed",
        "wait": "waiting for locks (drawn first)",
    }
    return Plot(rows, _ticks(total), [(kind, text) for kind, text in meaning.items() if kind in present])


def lock_plot(files: Sequence[dict[str, Any]]) -> Plot | None:
    """Which relations were locked when and how strongly; None where nobody watched.

    A lock is kept to the end of its transaction: it is drawn back from where the file ended.
    """
    timed = [file for file in files if file["began"] and file["seconds"] is not None]
    if not any(file["locks"] for file in timed):
        return None
    spans, total = _spans(timed)
    held: dict[str, list[tuple[float, str, Bar]]] = {}
    for file, span in zip(timed, spans, strict=True):
        for mode, relation, seconds in _locks(file["locks"]):
            part = _Span(max(span.start, span.end - seconds), span.end)
            title = f"{mode} on {relation} for {plain(duration(seconds))}, by {file['label']}"
            bar = _bar(part, total, _MODES.get(mode, "mild"), title)
            held.setdefault(relation, []).append((seconds, mode, bar))
    rows = sorted((_relation(name, found) for name, found in held.items()), key=_weight, reverse=True)
    present = {bar.kind for row in rows for bar in row.bars}
    legend = [(kind, text) for kind, text in _STOPS.items() if kind in present]
    shown = [*_waits(timed, spans, total), *rows[:_MOST_RELATIONS]]
    return Plot(shown, _ticks(total), legend, max(0, len(rows) - _MOST_RELATIONS))


def _waits(files: Sequence[dict[str, Any]], spans: Sequence[_Span], total: float) -> Iterator[Row]:
    """When files waited, in one row."""
    waits = [
        (file, span, min(file["wait"], span.end - span.start))
        for file, span in zip(files, spans, strict=True)
        if file["wait"]
    ]
    if waits:
        parts = [
            (_Span(span.start, span.start + wait), f"{file['label']} waited {plain(duration(wait))}")
            for file, span, wait in waits
        ]
        yield Row(
            "waited for",
            [_bar(part, total, "wait", title) for part, title in parts],
            sum(wait for *_, wait in waits),
            "",
            "warn",
        )


def _relation(name: str, found: list[tuple[float, str, Bar]]) -> Row:
    found.sort(key=lambda one: (_strength(one[1]), one[0]))
    mode = found[-1][1]
    longest = max(seconds for seconds, other, _ in found if other == mode)
    # The strongest is drawn last, over the others.
    return Row(name, [bar for *_, bar in found], longest, mode, "bad" if _MODES.get(mode) == "all" else "")


def _weight(row: Row) -> tuple[int, float]:
    return _strength(row.note), row.seconds or 0.0


def _strength(mode: str) -> int:
    return list(_MODES).index(mode) if mode in _MODES else -1


def _locks(locks: Any) -> list[tuple[str, str, float]]:
    found = []
    for mode, relations in locks.items() if isinstance(locks, dict) else ():
        for relation, seconds in relations.items() if isinstance(relations, dict) else ():
            held = amount(seconds)
            if held is not None:
                found.append((_mode(mode), str(relation), held))
    return found


def _mode(name: str) -> str:
    """AccessExclusiveLock and `access exclusive` as the documentation writes it."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.removesuffix("Lock")).replace("_", " ").upper()


def _spans(files: Sequence[dict[str, Any]]) -> tuple[list[_Span], float]:
    first = min(_time(file["began"]) for file in files)
    spans = []
    for file in files:
        start = _time(file["began"]) - first
        spans.append(_Span(start, start + max(file["seconds"], 0.0)))
    return spans, max(max(span.end for span in spans), 0.000001)


def _named(file: dict[str, Any]) -> str:
    return file["label"] if file["direction"] == "up" else f"{file['label']} ({file['direction']})"


def _bar(span: _Span, total: float, kind: str, title: str) -> Bar:
    total = max(total, 0.000001)
    width = max(100 * (span.end - span.start) / total, _LEAST)
    return Bar(round(min(100 * span.start / total, 100 - width), 3), round(width, 3), kind, title)


def _ticks(total: float) -> list[tuple[float, str]]:
    """Round times at even distances, three to six of them."""
    total = max(total, 0.000001)
    steps = [base * 10**power for power in range(-6, 1) for base in (1, 2, 5)] + [
        10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400
    ]  # fmt: skip
    step = next((step for step in steps if total / step <= 5), steps[-1])
    return [(round(100 * number * step / total, 3), _tick(number * step)) for number in range(int(total / step) + 1)]


def _tick(seconds: float) -> str:
    if seconds == 0:
        return "0"
    if seconds < 1:
        return f"{seconds * 1000:g} ms"
    if seconds < 60:
        return f"{seconds:g} s"
    return f"{seconds / 60:g} min" if seconds < 7200 else f"{seconds / 3600:g} h"


def _ended(code: int) -> str:
    return {0: "", 130: "interrupted"}.get(code, "failed")


def _time(text: str) -> float:
    return datetime.datetime.fromisoformat(text).timestamp()
