"""What a check can find: its rules, what each counts by default, and how an environment judges otherwise."""

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ..errors import ExitCode


class Level(enum.StrEnum):
    """How bad a finding is; an error makes the command fail."""

    OFF = "off"
    WARN = "warning"
    ERROR = "error"


# What an environment may say of a rule.
POLICIES = {"off": Level.OFF, "warn": Level.WARN, "error": Level.ERROR}


@dataclass(frozen=True, slots=True)
class Rule:
    """What a rule counts unless the environment says otherwise, what it finds, and the exit code of its errors."""

    default: Level
    meaning: str
    exit_code: ExitCode = ExitCode.FAILED


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: how bad, by which rule, where, and what to do about it."""

    level: str
    rule: str
    file: str
    problem: str
    remedy: str
    version: int | None = None
    line: int | None = None
    column: int | None = None

    @property
    def place(self) -> str:
        """The file with line and column where they are known, as editors read it."""
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


# In the order in which findings are shown. Of a file alone, what both golang-migrate and we can run is a warning.
RULES = {
    "dirty": Rule(Level.ERROR, "a migration stopped half-way", ExitCode.DIRTY),
    "changed": Rule(Level.ERROR, "a file is not what it was when it was applied", ExitCode.DIRTY),
    "renamed": Rule(Level.ERROR, "a file has another name than when it was applied", ExitCode.DIRTY),
    "missing": Rule(Level.ERROR, "an applied migration has no file", ExitCode.DIRTY),
    "missed": Rule(Level.ERROR, "a file below the database's version was never applied", ExitCode.DIRTY),
    "order": Rule(Level.WARN, "migrations were applied in another order than that of their versions", ExitCode.DIRTY),
    "duplicate": Rule(Level.ERROR, "two files claim one version and direction"),
    "version": Rule(Level.ERROR, "the version does not fit a bigint"),
    "file": Rule(Level.ERROR, "a file cannot be read, or is no regular file"),
    "encoding": Rule(Level.ERROR, "not UTF-8, a byte order mark, or a NUL byte"),
    "section": Rule(Level.ERROR, "a mark of the convention that is missing, misplaced or unknown"),
    "syntax": Rule(Level.ERROR, "does not parse as PostgreSQL"),
    "psql": Rule(Level.ERROR, "a backslash command, which only psql knows"),
    "copy": Rule(Level.ERROR, "`COPY` from or to the client, which needs psql"),
    "transaction": Rule(Level.ERROR, "a `BEGIN` without its `COMMIT`"),
    "dependency": Rule(
        Level.ERROR, "`Dependencies` in the header name a version that has no file, or that comes later"
    ),
    "rollback": Rule(Level.WARN, "a `ROLLBACK`: the file undoes what it did and counts as applied"),
    "empty": Rule(Level.WARN, "no statement, and no comment that says why"),
    "pair": Rule(Level.WARN, "the up or the down file is missing"),
    "stray": Rule(Level.WARN, "a file that looks like a migration but is not taken for one"),
    "name": Rule(Level.WARN, "a name other than the convention's, or two halves that are called differently"),
    "gap": Rule(Level.WARN, "a number left out of a sequence; times and steps of ten have no gaps"),
    "width": Rule(Level.WARN, "`9` and `010`: names sorted as text come in another order than the versions"),
    "header": Rule(Level.WARN, "an up file without `Version` or `Description`, or a directive that does not exist"),
    "header-version": Rule(Level.WARN, "the header has another version than the file's name"),
    "validation": Rule(Level.WARN, "a change of the schema in a transaction, without a `DO` block that can raise"),
    "invalid-index": Rule(Level.WARN, "an index in the database is INVALID"),
    "unvalidated-constraint": Rule(Level.WARN, "a constraint in the database is NOT VALID"),
}
_PLACES = {rule: number for number, rule in enumerate(RULES)}


def found(rule: str, file: str, problem: str, remedy: str, version: int | None = None) -> Finding:
    """A finding that counts what its rule does by default."""
    return Finding(RULES[rule].default, rule, file, problem, remedy, version)


def judge(findings: Iterable[Finding], policies: Mapping[str, str]) -> list[Finding]:
    """The findings as policies (rule: off, warn or error) have them: errors first, and none of a rule that is off."""
    levels = {rule: spec.default for rule, spec in RULES.items()}
    levels |= {rule: POLICIES[policy] for rule, policy in policies.items()}
    judged = [
        replace(finding, level=levels[finding.rule]) for finding in findings if levels[finding.rule] is not Level.OFF
    ]
    return sorted(judged, key=lambda finding: (finding.level != Level.ERROR, _PLACES[finding.rule]))


def exit_code(findings: Iterable[Finding]) -> ExitCode:
    """The exit code for findings that were judged: a broken history outweighs a bad file."""
    codes = (RULES[finding.rule].exit_code for finding in findings if finding.level == Level.ERROR)
    return max(codes, default=ExitCode.DONE)
