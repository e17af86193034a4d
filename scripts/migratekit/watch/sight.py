"""What was seen of one file over all its tries, added up."""

from collections.abc import Mapping

from ..lock import Holder
from ..observer import Alarm, Watched
from ..plan import Step
from ..retries import IN_THE_WAY
from .look import MODES, Look

_CANCELLED = "57014"
_STRENGTH = {mode: strength for strength, mode in enumerate(MODES.values())}
# Of a table that is locked against reading nobody can ask the size.
_SHUT = "ACCESS EXCLUSIVE"
_READ_ONLY = frozenset({"ACCESS SHARE", "ROW SHARE"})
_MOST_SIZES = 20
_MOST_LOCKS = 50
_MOST_SESSIONS = 10


class Sight:
    """One file, from its first try to its last; times are monotonic."""

    def __init__(self, step: Step) -> None:
        self.step = step
        self.pid = 0
        self.began = 0.0
        self.cancelled: Alarm | None = None
        self.looked = 0.0
        self.suspects: tuple[Holder, ...] = ()
        self._last: Look | None = None
        self._tries = 0
        self._waits: dict[str, float] = {}
        self._locks: dict[tuple[str, str], float] = {}
        self._blockers: dict[int, Holder] = {}
        self._waiting: dict[int, float] = {}
        # Name, size at first sight and at the end, in bytes.
        self._sizes: dict[int, tuple[str, int, int]] = {}

    def begin(self, pid: int, now: float) -> None:
        """Another try."""
        self.pid, self.began, self.looked = pid, now, now
        self.cancelled, self.suspects, self._last = None, (), None
        self._tries += 1

    def take(self, look: Look, now: float) -> None:
        """One more look; what is held now counts from the look before."""
        self._hold(look, now)
        if look.blocked:
            self._waits[look.wait] = look.waited
        self._blockers.update((blocker.pid, blocker) for blocker in look.blockers)
        for session in look.waiting:
            self._waiting[session.pid] = max(self._waiting.get(session.pid, 0.0), min(session.seconds, look.age))
        self._last = look

    def end(self, now: float) -> None:
        """The try is over; what was held or waited for at the last look was so until now."""
        look = self._last
        if look is not None:
            if look.blocked:
                self._waits[look.wait] += now - self.looked
            self._hold(look, now)

    def unmeasured(self) -> list[int]:
        """The tables whose size is to be asked for."""
        if self._last is None or len(self._sizes) >= _MOST_SIZES:
            return []
        shut = {held.oid for held in self._last.held if held.mode == _SHUT}
        changed = dict.fromkeys(held.oid for held in self._last.held if held.mode not in _READ_ONLY)
        found = [oid for oid in changed if oid not in shut and oid not in self._sizes]
        return found[: _MOST_SIZES - len(self._sizes)]

    @property
    def measured(self) -> list[int]:
        """The tables whose size at first sight is known."""
        return list(self._sizes)

    def measure(self, sizes: Mapping[int, int]) -> None:
        """The sizes as they are now."""
        names = {held.oid: held.relation for held in self._last.held} if self._last else {}
        for oid, size in sizes.items():
            name, first, _ = self._sizes.get(oid, (names.get(oid, str(oid)), size, size))
            self._sizes[oid] = (name, first, size)

    @property
    def blockers(self) -> tuple[Holder, ...]:
        """Who was in its way at the last look."""
        return self._last.blockers if self._last is not None else ()

    def watched(self, sqlstate: str) -> Watched:
        """What is known of the file, whose last try ended so; nobody is blamed for an error that is its own."""
        blamed = sqlstate in IN_THE_WAY or sqlstate == _CANCELLED
        cancelled = self.cancelled if sqlstate == _CANCELLED else None
        return Watched(self._figures(), (self.blockers or self.suspects) if blamed else (), cancelled)

    def _hold(self, look: Look, now: float) -> None:
        for held in look.held:
            key = (held.mode, held.relation)
            self._locks[key] = self._locks.get(key, 0.0) + now - self.looked
        self.looked = now

    def _figures(self) -> dict[str, object]:
        longest = max(self._waiting.values(), default=0.0)
        figures = {
            "lock_wait": round(sum(self._waits.values()), 3),
            "locks": self._lock_times(),
            "blocked_by": [str(holder) for holder in list(self._blockers.values())[:_MOST_SESSIONS]],
            "kept_waiting": {"sessions": len(self._waiting), "seconds": round(longest, 3)} if self._waiting else None,
            "tries": self._tries if self._tries > 1 else None,
            "growth": {name: last - first for name, first, last in self._sizes.values() if last != first},
        }
        return {name: figure for name, figure in figures.items() if figure}

    def _lock_times(self) -> dict[str, dict[str, float]]:
        """Seconds by mode and relation, the strongest modes first."""
        strongest = sorted(self._locks.items(), key=lambda item: (-_STRENGTH[item[0][0]], -item[1]))[:_MOST_LOCKS]
        times: dict[str, dict[str, float]] = {}
        for (mode, relation), seconds in strongest:
            times.setdefault(mode, {})[relation] = round(seconds, 3)
        return times
