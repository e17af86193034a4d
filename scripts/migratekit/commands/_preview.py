"""What would run, shown and not run."""

from collections.abc import Callable

from ..engine import Known
from ..errors import ExitCode
from ..migration import Body
from ..narration import label
from ..plan import Plan, Step
from ..session import Session


def preview(session: Session, make_plan: Callable[[Known], Plan], *, brief: bool, as_json: bool) -> ExitCode:
    """Prints the steps, how each would run, and its SQL unless `brief`; takes no lock and writes nothing."""
    with session.engine() as engine:
        previewed = engine.preview(make_plan)
    console, environment = session.console, session.settings.environment
    session.stage.note("plan", [_record(step, body) for step, body in previewed])
    if as_json:
        console.json(session.stage.noted["plan"])
        return ExitCode.DONE
    if not previewed:
        console.out(f"nothing to do on {environment}")
        return ExitCode.DONE
    for step, body in () if brief else previewed:
        console.out(f"-- {step.direction} {label(step)} ({body.mode.value})")
        console.out(_text(step, body).rstrip("\n") + "\n")
    rows = [(step.direction, label(step), body.mode.value) for step, body in previewed]
    console.table(("way", "migration", "runs in"), rows)
    console.out(f"{len(previewed)} would run on {environment}; nothing was changed")
    return ExitCode.DONE


def _text(step: Step, body: Body) -> str:
    file = step.migration.file(step.direction)
    return file.shown(body.sql) if file else ""


def _record(step: Step, body: Body) -> dict[str, object]:
    file = step.migration.file(step.direction)
    return {
        "version": step.migration.recorded,
        "name": step.migration.title,
        "direction": step.direction.value,
        "file": file.path if file else None,
        "mode": body.mode.value,
        "leads_to": step.leads_to,
        "sql": _text(step, body),
    }
