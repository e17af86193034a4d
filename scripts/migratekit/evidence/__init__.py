"""What of a migration file is in a database, told from the file's text and the catalogs alone."""

from collections.abc import Collection
from dataclasses import dataclass

from ..database import Database
from .catalog import InvalidIndex, half_detached, invalid_indexes, look, session_of
from .effects import read_effects
from .labels import label
from .nodes import Node, inner, strings, word
from .parsing import NotParsed, parse
from .prefix import Course, State, boundaries, units
from .scope import Scope, Session
from .survey import survey
from .things import Effect, Kind, Presence, Statement, Thing

__all__ = [
    "Effect",
    "Evidence",
    "InvalidIndex",
    "Kind",
    "Node",
    "NotParsed",
    "Presence",
    "Scope",
    "Seen",
    "Session",
    "State",
    "Statement",
    "Thing",
    "boundaries",
    "examine",
    "half_detached",
    "inner",
    "invalid_indexes",
    "label",
    "look",
    "parse",
    "read_effects",
    "session_of",
    "strings",
    "survey",
    "units",
    "word",
]


@dataclass(frozen=True, slots=True)
class Seen:
    """A statement, and what its own traces in the database say of it."""

    statement: Statement
    state: State


@dataclass(frozen=True, slots=True)
class Evidence:
    """How far a file got, as far as the catalogs tell; rows leave no trace in them."""

    statements: tuple[Seen, ...]
    # Each a number of statements, from the first on, after which the database would look as it does.
    boundaries: tuple[int, ...]
    # What is there by half: to be dropped before the file can run again.
    half: tuple[Thing, ...]

    @property
    def nothing(self) -> bool:
        """True if no statement was carried out, or only such as leave nothing."""
        return 0 in self.boundaries and self._settled

    @property
    def everything(self) -> bool:
        """True if all statements were carried out, or the rest leaves nothing."""
        return len(self.statements) in self.boundaries and self._settled and not self.nothing

    @property
    def unclear(self) -> bool:
        """True if the catalogs do not tell where the file stopped: it is nowhere, or at one place or another."""
        return not self._settled

    @property
    def _settled(self) -> bool:
        """True if one boundary was found, or several with nothing between them that would make a difference."""
        if self.half or not self.boundaries:
            return False
        between = self.statements[self.boundaries[0] : self.boundaries[-1]]
        return all(seen.statement.inert for seen in between)


def examine(database: Database, sql: bytes, *, allowed: Collection[int] | None = None) -> Evidence:
    """What of a file is in the database; `allowed` are the boundaries at which it can have stopped, see `units`."""
    statements = read_effects(sql, session_of(database))
    course = Course(statements)
    presence = look(database, course.things)
    return Evidence(
        tuple(Seen(*pair) for pair in zip(statements, course.states(presence, allowed), strict=True)),
        course.boundaries(presence, allowed),
        tuple(thing for thing, state in presence.items() if state is Presence.HALF and thing.value is None),
    )
