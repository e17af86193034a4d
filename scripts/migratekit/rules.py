"""What `up`, `down` and `goto` may do: what was changed, renamed, lost or came late stops a run going up."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from .checks._findings import Finding, Level, judge
from .checks.history import check_history
from .engine import Known
from .errors import Refused
from .files import Files
from .ledger import Ledger, Standing
from .migration import Direction, File, Migration
from .narration import label
from .plan import Plan, Step, ahead_of, plan_down, plan_goto, plan_toward, plan_up
from .squashing import FOLDER as SQUASHED

_THERE = (Standing.APPLIED, Standing.FOREIGN, Standing.CHANGED, Standing.RENAMED, Standing.MISSING)
# What may be allowed for one run, and of which rules that makes warnings.
ALLOWED = {"changed": ("changed", "renamed"), "missing": ("missing", "missed")}


class Rules:
    """The environment's rules for one run, with the files it is about; `tell` is given the warnings, once."""

    def __init__(
        self, files: Files, *, allowed: Collection[str] = (), tell: Callable[[Finding], None] = lambda _finding: None
    ) -> None:
        self.chain = files.chain()
        self._files = files
        self._allowed = {rule: "warn" for name in allowed for rule in ALLOWED[name]}
        self._tell = tell
        self._told = False
        self._last: tuple[Known, Ledger] | None = None

    def ledger(self, known: Known) -> Ledger:
        """How every migration stands, drawn once from what is known."""
        if self._last is None or self._last[0] is not known:
            self._last = known, self._files.ledger(self.chain, known)
            self._refuse_halfway(known, self._last[1])
        return self._last[1]

    def road(self, known: Known) -> list[Migration]:
        """The chain as the database has it: with what is applied and has no file, without what was never applied."""
        ledger = self.ledger(known)
        return [
            entry.migration or Migration(entry.version)
            for entry in ledger.entries
            if entry.standing is not Standing.MISSED and (entry.migration or entry.version not in ledger.squashed)
        ]

    def up(self, known: Known, steps: int | None = None, to: int | None = None) -> Plan:
        """What `up` runs: all that is pending, so many steps of it, or all up to a version."""
        late, road = self.late(known), self.road(known)
        ahead = plan_up(road, known.version) if to is None else plan_toward(road, known.version, to, Direction.UP)
        return self.with_repeatables(self.in_order(ahead_of(ahead, late, steps), known), known)

    def with_repeatables(self, plan: Plan, known: Known) -> Plan:
        """The plan with the repeatable files that are due behind it, if nothing else is pending then."""
        ledger, planned = self.ledger(known), {step.migration.version for step in plan.steps}
        if any(entry.version not in planned for entry in ledger.of(Standing.PENDING)):
            return plan
        at = plan.steps[-1].leads_to if plan.steps else known.version
        again = (Step(migration, Direction.UP, at) for migration in ledger.due())
        return plan._replace(steps=(*plan.steps, *again))

    def down(self, known: Known, steps: int | None = 1, to: int | None = None, *, stored: bool = False) -> Plan:
        """What `down` runs: so many steps, all of them if None, or all down to a version."""
        road = self.road(known)
        if to is None:
            plan = plan_down(road, known.version, steps)
        else:
            plan = plan_toward(road, known.version, to, Direction.DOWN)
        plan = plan if steps is None else self.sparing_baseline(plan, known)
        return Plan(tuple(_with_file(step, known, stored=stored) for step in plan.steps), plan.missing)

    def sparing_baseline(self, plan: Plan, known: Known) -> Plan:
        """The plan; Refused if it undoes what stands for many migrations, all tables with them."""
        squashed = self.ledger(known).squashed
        for step in plan.steps:
            if step.direction is Direction.DOWN and step.migration.version in squashed:
                raise Refused(
                    f"{label(step)} stands for {len(squashed)} migrations: its way back drops all that they made, with"
                    " every row; nothing was run",
                    hint="`migratekit down --all` does that",
                )
        return plan

    def goto(self, known: Known, version: int) -> Plan:
        """What `goto` runs: up or down to the version."""
        plan = self.sparing_baseline(plan_goto(self.road(known), known.version, version), known)
        goes_up = any(step.direction is Direction.UP for step in plan.steps)
        return self.in_order(ahead_of(plan, self.late(known)), known) if goes_up else plan

    def late(self, known: Known) -> tuple[Step, ...]:
        """The late files that are to be applied first; Refused where files and history do not agree."""
        ledger, policies = self.ledger(known), self._policies()
        judged = judge(_broken(ledger), policies)
        errors = [finding for finding in judged if finding.level == Level.ERROR]
        if errors:
            raise self._refusal(known.version, errors)
        if not self._told:
            for finding in judged:
                self._tell(finding)
        self._told = True
        late = [
            entry.migration
            for entry in ledger.of(Standing.MISSED)
            if entry.migration and (policies.get("missed") != "off" or entry.excused)
        ]
        return tuple(Step(migration, Direction.UP, known.version) for migration in late)

    def in_order(self, plan: Plan, known: Known) -> Plan:
        """The plan; Refused if a file would run in front of one that it depends on."""
        there = {entry.version for entry in self.ledger(known).of(*_THERE)} | set(self.ledger(known).squashed)
        for step in plan.steps:
            if step.direction is Direction.UP:
                needed = self._files.facts(step.migration, to_run=True).dependencies if step.migration.up else ()
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

    def _refuse_halfway(self, known: Known, ledger: Ledger) -> None:
        """Refused where the database has some of what a baseline stands for, and not all."""
        if ledger.halfway:
            settings, last = self._files.settings, ledger.halfway.version
            former = f"`migratekit --path {settings.values['migrations'].value}/{SQUASHED} up`, or "
            # Those files begin further down than an older baseline, with which it began.
            former = "" if ledger.began_with_baseline() else former
            raise Refused(
                f"{settings.environment or 'the database'} is at version {known.version}, half-way through what"
                f" {ledger.halfway.name} stands for; nothing was run",
                hint=f"bring it to {last} with the files as they were: {former}`up --to {last}` in"
                " a checkout from before the squash; then run this again",
            )

    def _policies(self) -> Mapping[str, str]:
        return {**self._files.settings.policies, **self._allowed}

    def _refusal(self, version: int | None, errors: Sequence[Finding]) -> Refused:
        environment = self._files.settings.environment or "the database"
        last = max((migration.version for migration in self.chain), default=0)
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


def _broken(ledger: Ledger) -> list[Finding]:
    rules = {rule for rules in ALLOWED.values() for rule in rules}
    return [finding for finding in check_history(ledger) if finding.rule in rules]


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
