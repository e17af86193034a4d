"""What a record holds, found where there is any: the verb that failed, the run, what other stages noted."""

from typing import Any

# What the release script asks between its stages.
_ASIDE = frozenset({"status", "version", "report", "release"})

Document = dict[str, Any]


def stages(document: Document) -> list[Document]:
    """The stages in their order, without what only looked."""
    return [stage for stage in document["stages"] if stage["verb"] not in _ASIDE]


def noted(document: Document, name: str) -> Any:
    """What the last stage that has it noted under this name; None if none did."""
    return next((stage[name] for stage in reversed(document["stages"]) if stage.get(name) is not None), None)


def failed_stage(document: Document) -> Document | None:
    """The stage that ended it."""
    return next((stage for stage in reversed(stages(document)) if stage["exit_code"]), None)


def exit_code(document: Document) -> int | None:
    """How it ended; None if it has not, or was cut short."""
    if document.get("exit_code") is not None or document["kind"] != "run":
        return document.get("exit_code")
    return document["stages"][-1]["exit_code"] if document["stages"] else None


def runs(document: Document) -> list[Document]:
    """The run, and the way back if that was gone."""
    return [run for run in (noted(document, "run"), noted(document, "rollback")) if run]


def attempts(run: Document) -> list[Document]:
    """The files that were sent."""
    found: list[Document] = run.get("attempts") or run.get("applied") or []
    return found


def done(run: Document) -> list[Document]:
    """The files that are through."""
    return [attempt for attempt in attempts(run) if attempt.get("outcome", "applied") in ("applied", "repaired")]
