"""The rules of going up: what was changed, renamed, lost or came late stops a run, unless it may go on."""

import argparse
from collections.abc import Mapping, Sequence

from ..checks._findings import Finding, Level, judge
from ..checks.history import check_history
from ..engine import Known
from ..errors import Refused
from ..ledger import Ledger, Standing
from ..migration import Direction, Migration
from ..narration import label
from ..plan import Plan, Step, ahead_of, plan_toward, plan_up
from ..session import Session

_THERE = (Standing.APPLIED, Standing.FOREIGN, Standing.CHANGED, Standing.RENAMED, Standing.MISSING)
_ALLOWED = {"allow_changed": ("changed", "renamed"), "allow_missing": ("missing", "missed")}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options that let a run go on."""
    parser.add_argument(
        "--allow-changed", action="store_true", help="go on although applied files were changed or renamed"
    )
    parser.add_argument(
        "--allow-missing", action="store_true", help="apply late files too, and go on although applied files are gone"
    )


class Rules:
    """The environment's rules for one run, with the files it is about."""

    def __init__(self, session: Session, chain: Sequence[Migration]) -> None:
        self._session = session
        self._chain = chain
        self._told = False
        self._last: tuple[Known, Ledger] | None = None

    def ledger(self, known: Known) -> Ledger:
        """How every migration stands, drawn once from what is known."""
        if self._last is None or self._last[0] is not known:
            self._last = known, self._session.ledger(self._chain, known)
        return self._last[1]

    def road(self, known: Known) -> list[Migration]:
        """The chain as the database has it: with what is applied and has no file, without what was never applied."""
        return [
            entry.migration or Migration(entry.version)
            for entry in self.ledger(known).entries
            if entry.standing is not Standing.MISSED
        ]

    def late(self, known: Known) -> tuple[Step, ...]:
        """The late files that are to be applied first; Refused where files and history do not agree."""
        ledger, policies = self.ledger(known), self._policies()
        judged = judge(self._broken(ledger), policies)
        errors = [finding for finding in judged if finding.level == Level.ERROR]
        if errors:
            raise self._refusal(known.version, errors)
        self._tell(judged)
        late = [
            entry.migration
            for entry in ledger.of(Standing.MISSED)
            if entry.migration and (policies.get("missed") != "off" or entry.excused)
        ]
        return tuple(Step(migration, Direction.UP, known.version) for migration in late)

    def ahead(self, known: Known, steps: int | None = None, to: int | None = None) -> Plan:
        """What `up` runs: all that is pending, so many steps of it, or all up to a version."""
        late, road = self.late(known), self.road(known)
        ahead = plan_up(road, known.version) if to is None else plan_toward(road, known.version, to, Direction.UP)
        return self.in_order(ahead_of(ahead, late, steps), known)

    def in_order(self, plan: Plan, known: Known) -> Plan:
        """The plan; Refused if a file would run in front of one that it depends on."""
        there = {entry.version for entry in self.ledger(known).of(*_THERE)}
        for step in plan.steps:
            if step.direction is Direction.UP:
                needed = self._session.facts(step.migration).dependencies if step.migration.up else ()
                lacking = [version for version in needed if version not in there]
                if lacking:
                    raise Refused(
                        f"{label(step)} depends on version {lacking[0]}, which is not applied; nothing was run",
                        hint="apply that first, or mend the line Dependencies of its header",
                    )
                there.add(step.migration.version)
            else:
                there.discard(step.migration.version)
        return plan

    def _policies(self) -> Mapping[str, str]:
        options = vars(self._session.options)
        allowed = {rule: "warn" for flag, rules in _ALLOWED.items() if options.get(flag) for rule in rules}
        return {**self._session.settings.policies, **allowed}

    def _broken(self, ledger: Ledger) -> list[Finding]:
        rules = {rule for rules in _ALLOWED.values() for rule in rules}
        return [finding for finding in check_history(ledger) if finding.rule in rules]

    def _tell(self, warnings: Sequence[Finding]) -> None:
        if not self._told:
            for finding in warnings:
                self._session.console.note(f"warning: {finding.file}: {finding.problem}")
        self._told = True

    def _refusal(self, version: int | None, errors: Sequence[Finding]) -> Refused:
        environment, last = self._session.settings.environment, max((m.version for m in self._chain), default=0)
        if all(finding.rule == "missing" and (finding.version or 0) > last for finding in errors):
            return Refused(
                f"{environment} is at version {version}, newer than the files: the last of them is {last or 'none'}",
                hint="bring the folder up to date; or `migratekit down --stored` undoes what has no file",
            )
        if len(errors) == 1:
            return Refused(f"{errors[0].file}: {errors[0].problem}; nothing was run", hint=errors[0].remedy)
        listed = "\n".join(f"  {finding.file}: {finding.problem}" for finding in errors)
        remedies = list(dict.fromkeys(f"{finding.rule}: {finding.remedy}" for finding in errors))
        what = f"files and history of {environment} do not agree, so nothing was run:\n{listed}"
        return Refused(what, hint="\n      ".join(remedies))
