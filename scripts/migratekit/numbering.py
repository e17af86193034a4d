"""The numbers of new migrations: the next of a sequence, or times; pure."""

import datetime
from collections.abc import Collection

# YYYYMMDDHHMMSS
MOMENT = 14
_FORM = "%Y%m%d%H%M%S"


def in_sequence(last: int, count: int, width: int) -> list[str]:
    """The numbers behind the last one, with zeros in front up to the width."""
    return [f"{number:0{width}d}" for number in range(last + 1, last + 1 + count)]


def by_time(taken: Collection[int], count: int) -> list[str]:
    """Times from now on, a second apart, of which none is taken."""
    moment = _now()
    while set(taken).intersection(map(int, _from(moment, count))):
        moment += datetime.timedelta(seconds=1)
    return _from(moment, count)


def by_time_behind(last: int, count: int) -> list[str]:
    """Times from now on, or from the last one on where that is in the future."""
    moment = _now()
    if int(f"{moment:{_FORM}}") > last:
        return _from(moment, count)
    try:
        return _from(datetime.datetime.strptime(str(last), _FORM) + datetime.timedelta(seconds=1), count)
    except ValueError:
        return in_sequence(last, count, MOMENT)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC).replace(microsecond=0)


def _from(first: datetime.datetime, count: int) -> list[str]:
    return [f"{first + datetime.timedelta(seconds=number):{_FORM}}" for number in range(count)]
