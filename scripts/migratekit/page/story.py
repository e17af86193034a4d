"""What happened, in a word, a sentence and a colour."""

from typing import NamedTuple

from .stages import Document, attempts, done, exit_code, failed_stage, noted, runs

_INTERRUPTED = 130
_REFUSED = 3
# The script's exit code for a migration that did not end well.
_MIGRATION_FAILED = 12
_NAMES = {"preflight": "the pre-flight", "plan": "the plan", "backup": "the backup", "validate": "the validation"}


class Verdict(NamedTuple):
    """How it went: `tone` is good, bad, warn or calm."""

    tone: str
    word: str
    headline: str
    more: str = ""


def verdict(document: Document) -> Verdict:
    """How the release or the run went."""
    code, went, name = exit_code(document), runs(document), document["environment"]
    if code is None:
        more = "It is still at work, or was cut short before it could say how it ended."
        return Verdict("warn", "Not ended", f"{_kind(document)} has no end", more)
    if document["kind"] == "rehearsal" and code == 0:
        count = len(noted(document, "plan") or [])
        return Verdict("calm", "Rehearsed", f"{_migrations(count)} would run on {name}", "Nothing was changed.")
    if not went:
        return _without_run(document, code)
    if went[-1]["after"].get("dirty"):
        return _dirty(document)
    if code == _INTERRUPTED:
        return _interrupted(document)
    failed = failed_stage(document)
    if len(went) > 1:
        return _rolled_back(document)
    if code and failed and "run" not in failed:
        more = f"{_name(failed).capitalize()} behind it found what needs a look: {_place(document)}."
        return Verdict("bad", "Failed afterwards", _moved(document), more)
    return _failed(document) if code else Verdict("good", "Done", _moved(document))


def is_moved(document: Document) -> bool:
    """True if the database was, or may have been, changed."""
    return any(attempts(run) for run in runs(document))


def version(state: Document) -> str:
    """Where a database is, in words."""
    number = state.get("version")
    return f"{'no version' if number is None else f'version {number}'}{', dirty' if state.get('dirty') else ''}"


def _without_run(document: Document, code: int) -> Verdict:
    name, failed = document["environment"], failed_stage(document)
    if not code:
        state = document.get("state", {})
        at = f"{name} is at {version(state)}" if "version" in state else name
        return Verdict("good", "Nothing to do", f"Nothing was pending: {at}")
    untouched = "No migration was run."
    if code == _INTERRUPTED:
        return Verdict("warn", "Interrupted", f"{_kind(document)} was stopped before its first migration", untouched)
    if failed is None and code == _REFUSED:
        return Verdict("calm", "Not started", f"{_kind(document)} was not confirmed", untouched)
    if failed is None and code == _MIGRATION_FAILED:
        return _cut_short(document)
    if failed is None:
        return Verdict("bad", "Not started", f"{_kind(document)} ended with exit code {code}", untouched)
    if wrong := [check for check in failed.get("checks") or () if check.get("level") == "fail"]:
        what = f"Pre-flight found {len(wrong)} thing{'' if len(wrong) == 1 else 's'} to put right first"
        return Verdict("bad", "Not started", what, untouched)
    return Verdict("bad", "Not started", f"{_name(failed).capitalize()} failed", untouched)


def _cut_short(document: Document) -> Verdict:
    """The migration left no word: only the database tells what of it was done."""
    state = document.get("state", {})
    at = f"{document['environment']} is at {version(state)}." if "version" in state else ""
    busy = f" A run is still at work: {state['busy']}." if state.get("busy") else ""
    more = f"{at}{busy} The history tells what was applied."
    return Verdict("bad", "Cut short", "The migration was cut short before it could say how it ended", more.strip())


def _failed(document: Document) -> Verdict:
    run = runs(document)[0]
    count, total = len(done(run)), len(attempts(run)) + len(run.get("not_run") or ())
    more = f"{count} of {_migrations(total)} {'was' if count == 1 else 'were'} {_way(run)}; {_place(document)}."
    return Verdict("bad", "Failed", f"Failed at {_halted(run)}", more)


def _dirty(document: Document) -> Verdict:
    run = next(run for run in reversed(runs(document)) if run["after"].get("dirty"))
    more = f"The file may be applied in part: {_place(document)}."
    return Verdict("bad", "Failed, dirty", f"Failed half-way at {_halted(run)}", more)


def _interrupted(document: Document) -> Verdict:
    run = runs(document)[0]
    count, total = len(done(run)), len(attempts(run)) + len(run.get("not_run") or ())
    return Verdict(
        "warn", "Interrupted", f"Interrupted after {count} of {_migrations(total)}", f"{_sentence(document)}."
    )


def _rolled_back(document: Document) -> Verdict:
    run, back = runs(document)
    count = len(done(back))
    if back["after"]["version"] != run["before"]["version"]:
        more = f"The way back failed too, behind {_migrations(count)}: {_place(document)}."
        return Verdict("bad", "Failed", f"Failed at {_halted(run)}, and on the way back", more)
    more = (
        f"The {_migrations(count)} before it {'was' if count == 1 else 'were'} undone; {_place(document)}, as before."
    )
    return Verdict("warn", "Rolled back", f"Failed at {_halted(run)}, and rolled back", more)


def _moved(document: Document) -> str:
    run = runs(document)[-1]
    if run.get("vouched"):
        return f"The version was {run['vouched'][-1]}: {_place(document)}"
    if not attempts(run):
        return f"Nothing to do: {_place(document)}"
    before, after = version(run["before"]), version(run["after"])
    there = f"went from {before} to {after}" if before != after else f"is at {after}"
    return f"{_migrations(len(done(run)))} {_way(run)}: {document['environment']} {there}"


def _halted(run: Document) -> str:
    last = next((each for each in reversed(attempts(run)) if each not in done(run)), None)
    left = run.get("not_run") or ()
    return str(last["label"] if last else left[0]["label"] if left else "the first migration")


def _way(run: Document) -> str:
    ways = {attempt["direction"] for attempt in attempts(run)}
    return "run" if len(ways) > 1 else "undone" if ways == {"down"} else "applied"


def _place(document: Document) -> str:
    return f"{document['environment']} is at {version(runs(document)[-1]['after'])}"


def _sentence(document: Document) -> str:
    place = _place(document)
    return place[:1].upper() + place[1:]


def _kind(document: Document) -> str:
    return f"The {document['kind']}"


def _name(stage: Document) -> str:
    return _NAMES.get(stage["verb"], f"the stage {stage['verb']}")


def _migrations(count: int) -> str:
    return f"{count} migration{'' if count == 1 else 's'}"
