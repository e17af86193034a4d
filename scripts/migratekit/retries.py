"""When a file is tried again: it waited too long for a lock, or lost against others, and nothing of it was kept."""

from typing import NamedTuple

# Lock time-out, deadlock, serialization failure: not the file's fault, and gone in a moment perhaps.
IN_THE_WAY = frozenset({"55P03", "40P01", "40001"})


class Retries(NamedTuple):
    """How often a file is tried again, and how long it rests before: longer each time, up to a limit; in seconds."""

    most: int = 0
    pause: float = 1.0
    limit: float = 30.0

    def rest(self, number: int) -> float:
        """How long to rest before try `number`, counted from 1; spread, so that two runners do not keep in step."""
        import random  # heavy: it brings hashlib

        longest: float = min(self.pause * 2 ** min(number - 1, 60), self.limit)
        return longest * random.uniform(0.5, 1.0)  # noqa: S311


ONE_TRY = Retries()
