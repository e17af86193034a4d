"""`migratekit down [N] [--to V] [--all]`."""

import argparse
from dataclasses import replace

from ..engine import Known
from ..errors import ExitCode, Refused
from ..migration import Direction, File
from ..plan import Plan, Step, plan_down, plan_toward
from ..session import Session, steps_argument, version_argument
from ._rules import Rules


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    how_far = parser.add_mutually_exclusive_group()
    how_far.add_argument("steps", nargs="?", type=steps_argument, metavar="N", help="so many migrations (1)")
    how_far.add_argument("--to", type=version_argument, metavar="V", help="down to this version")
    how_far.add_argument("--all", action="store_true", help="down to no version")
    parser.add_argument(
        "--stored", action="store_true", help="undo what has no file any more with the SQL kept in the history"
    )


def run(session: Session) -> ExitCode:
    """Undoes what was applied last."""
    options, rules = session.options, Rules(session, session.chain())

    def make_plan(known: Known) -> Plan:
        plan = _plan(options, rules, known)
        return Plan(tuple(_with_file(step, known, stored=options.stored) for step in plan.steps), plan.missing)

    return session.move("down", make_plan)


def _plan(options: argparse.Namespace, rules: Rules, known: Known) -> Plan:
    road = rules.road(known)
    if options.to is not None:
        return plan_toward(road, known.version, options.to, Direction.DOWN)
    return plan_down(road, known.version, None if options.all else 1 if options.steps is None else options.steps)


def _with_file(step: Step, known: Known, *, stored: bool) -> Step:
    """The step with what was kept of its file, where that is gone and may be replaced so; Refused if not."""
    migration = step.migration
    if migration.up or migration.down:
        return step
    kept = known.stored_down(migration.version)
    if kept is None:
        raise Refused(
            f"version {migration.version} is applied, but its file is gone, and the history kept no down SQL of it",
            hint="restore the file from version control",
        )
    if not stored:
        raise Refused(
            f"version {migration.version} is applied, but its file is gone",
            hint="restore it from version control; or `migratekit down --stored` takes the SQL kept in the history",
        )
    title = next((e.name or "" for e in reversed(known.events) if e.version == migration.version), "")
    file = File(f"history:{migration.version}_{title}.down.sql", title, kept)
    return replace(step, migration=replace(migration, down=file))
