"""The Dependencies of each header: are they there, and do they come first?"""

from collections.abc import Callable, Sequence

from ..ledger import Facts
from ..migration import Migration
from ..squashing import baseline_of
from ._findings import Finding, found


def check_dependencies(chain: Sequence[Migration], facts: Callable[[Migration], Facts]) -> list[Finding]:
    """The files that depend on a version that has no file, or that comes later."""
    versions = {migration.version for migration in chain}
    if baseline := baseline_of(chain, lambda migration: facts(migration).squashed):
        versions |= set(facts(baseline).squashed)
    return [
        found("dependency", migration.up.name, f"{problem} {needed}", _REMEDY, migration.version)
        for migration in chain
        if migration.up
        for needed in facts(migration).dependencies
        if (problem := _problem(needed, migration.version, versions))
    ]


_REMEDY = "mend the line Dependencies of its header, or give it a version behind what it needs"


def _problem(needed: int, version: int, versions: set[int]) -> str:
    if needed not in versions:
        return "depends on a version that has no file:"
    return "depends on a version that comes later:" if needed > version else ""
