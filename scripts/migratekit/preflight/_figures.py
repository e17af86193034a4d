"""Figures as people read them."""

from collections.abc import Sequence

from ..narration import duration
from ..plan import Step

_UNITS = ("kB", "MB", "GB", "TB", "PB")
_HOUR, _DAY = 3600, 86400


def size(number: int) -> str:
    """Bytes in the unit that fits: 12 MB."""
    if number < 1024:
        return f"{number} bytes"
    value, unit = float(number), 0
    while (value := value / 1024) >= 1024 and unit < len(_UNITS) - 1:
        unit += 1
    return f"{value:.{0 if value >= 10 else 1}f} {_UNITS[unit]}"


def count(number: int, what: str, plural: str = "") -> str:
    """So many things: 1 row, 12,000 rows."""
    return f"{number:,} {what if number == 1 else plural or what + 's'}"


def files_of(steps: Sequence[tuple[Step, object]]) -> str:
    """How many migrations, and repeatable files: 1 migration and 2 repeatable files."""
    again = sum(step.migration.is_repeatable for step, _ in steps)
    both = [count(len(steps) - again, "migration")] if again < len(steps) else []
    return " and ".join([*both, count(again, "repeatable file")] if again else both)


def age(seconds: float) -> str:
    """A time that may be long: 3 h 5 min, 2 d 4 h."""
    if seconds < 2 * _HOUR:
        return duration(max(seconds, 0))
    if seconds < 2 * _DAY:
        return f"{int(seconds // _HOUR)} h {int(seconds % _HOUR // 60)} min"
    return f"{int(seconds // _DAY)} d {int(seconds % _DAY // _HOUR)} h"


def some(names: Sequence[str], most: int = 3) -> str:
    """The first of the names, and how many more there are."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
