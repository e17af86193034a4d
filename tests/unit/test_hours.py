"""Hours that are allowed and days of a freeze: read from settings, and asked at fixed times."""

import datetime
import os
import time
from collections.abc import Iterator

import pytest

from migratekit.hours import Calendar, freezes, windows, zone

BERLIN = "Europe/Berlin"


def at(text: str) -> datetime.datetime:
    """A moment, given in UTC."""
    return datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC)


def calendar(*hours: str, frozen: tuple[str, str] | None = None, place: str = BERLIN) -> Calendar:
    days = freezes([{"from": frozen[0], "to": frozen[1], "reason": "Christmas"}]) if frozen else ()
    return Calendar(windows(list(hours)) if hours else (), days, place)


def shown(moment: datetime.datetime | None) -> str:
    return f"{moment:%a %m-%d %H:%M %Z}" if moment else "never"


# Wednesday, 18 November 2026, is winter time: UTC+1.
@pytest.mark.parametrize(
    ("hours", "utc", "is_open"),
    [
        ("Mon-Fri 22:00-05:00", "2026-11-18T20:59", False),
        ("Mon-Fri 22:00-05:00", "2026-11-18T21:00", True),
        ("Mon-Fri 22:00-05:00", "2026-11-19T03:59", True),
        ("Mon-Fri 22:00-05:00", "2026-11-19T04:00", False),
        # It began on Friday; on Sunday evening it does not begin.
        ("Mon-Fri 22:00-05:00", "2026-11-21T01:00", True),
        ("Mon-Fri 22:00-05:00", "2026-11-22T22:00", False),
        ("Mon-Fri 22:00-05:00", "2026-11-23T01:00", False),
        ("sat, SUN", "2026-11-21T23:30", True),
        ("sat, SUN", "2026-11-22T23:30", False),
        ("Fri-Mon 10:00-12:00", "2026-11-23T10:30", True),
        ("Fri-Mon 10:00-12:00", "2026-11-24T10:30", False),
        ("20:00-24:00", "2026-11-18T22:59", True),
        ("20:00-24:00", "2026-11-18T23:00", False),
        ("22:00-0:00", "2026-11-18T22:59", True),
        ("22:00-0:00", "2026-11-18T23:00", False),
    ],
)
def test_hours_are_those_of_the_clock_on_the_wall(hours: str, utc: str, is_open: bool) -> None:
    assert calendar(hours).is_open(at(utc)) is is_open


@pytest.mark.parametrize(
    ("place", "utc", "opens", "closes"),
    [
        # On 28 March 2027 the clock goes from 02:00 to 03:00, on 31 October from 03:00 back to 02:00.
        ("summer begins", "2027-03-28T00:59", "now", "Sun 03-28 03:00 CEST"),
        ("winter begins", "2027-10-31T00:29", "now", "Sun 10-31 02:30 CEST"),
        ("winter begins: again", "2027-10-31T00:30", "Sun 10-31 02:00 CET", ""),
        ("the day before", "2027-03-27T02:00", "Sun 03-28 01:00 CET", ""),
    ],
)
def test_clocks_are_put_forward_and_back(place: str, utc: str, opens: str, closes: str) -> None:
    nights = calendar("01:00-02:30")
    if opens == "now":
        assert nights.is_open(at(utc)), place
        assert shown(nights.next_closing(at(utc))) == closes
    else:
        assert not nights.is_open(at(utc)), place
        assert shown(nights.next_opening(at(utc))) == opens


def test_the_next_opening_is_behind_the_freeze() -> None:
    nights = calendar("Mon-Fri 22:00-05:00", frozen=("2026-12-20", "2027-01-03"))
    freeze = nights.frozen(at("2026-12-19T23:00"))
    assert freeze is not None
    assert str(freeze) == "2026-12-20 to 2027-01-03 (Christmas)"
    assert nights.frozen(at("2026-12-19T22:59")) is None
    assert nights.frozen(at("2027-01-03T22:59")) is not None
    assert shown(nights.next_opening(at("2026-12-24T12:00"))) == "Mon 01-04 22:00 CET"
    assert shown(calendar(frozen=("2026-12-20", "2027-01-03")).next_opening(at("2026-12-24T12:00"))) == (
        "Mon 01-04 00:00 CET"
    )
    assert shown(calendar(frozen=("2026-12-20", "2028-12-20")).next_opening(at("2026-12-24T12:00"))) == "never"


def test_hours_that_follow_each_other_close_at_the_end_of_the_last() -> None:
    assert shown(calendar("Fri 22:00-24:00", "Sat").next_closing(at("2026-11-20T21:30"))) == "Sun 11-22 00:00 CET"
    frozen = calendar(frozen=("2026-11-21", "2026-11-22"))
    assert shown(frozen.next_closing(at("2026-11-20T21:30"))) == "Sat 11-21 00:00 CET"


@pytest.fixture
def machine_in_berlin() -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = BERLIN
    time.tzset()
    yield
    os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
    time.tzset()


@pytest.mark.usefixtures("machine_in_berlin")
def test_without_a_time_zone_the_clock_is_that_of_the_machine() -> None:
    here = calendar("01:00-02:30", place="")
    assert here.is_open(at("2027-07-01T00:29"))
    assert not here.is_open(at("2027-07-01T00:30"))
    assert shown(here.next_closing(at("2027-03-28T00:59"))) == "Sun 03-28 03:00 CEST"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("Mon-Fri", "must be a list"),
        ([], "must be a list"),
        ([1320], "must be a list"),
        (["Mon-Fry 22:00-05:00"], "'Mon-Fry 22:00-05:00'"),
        (["22:00"], "write days, hours or both"),
        ([" "], "write days, hours or both"),
        (["22:00-25:00"], "25:00 is no time of a day"),
        (["22:60-23:00"], "22:60 is no time of a day"),
        (["22:00-22:00"], "from when to when?"),
        (["24:00-05:00"], "24:00 is an end"),
        (["Mon-Wed-Fri"], "Mon,Wed,Fri"),
    ],
)
def test_hours_that_make_no_sense_are_refused(value: object, said: str) -> None:
    with pytest.raises(ValueError, match=r"^(must|holds) ") as raised:
        windows(value)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"from": "2026-12-20", "to": "2027-01-03"}, "must be a list"),
        ([{"from": "2026-12-20"}], "needs a day for to"),
        ([{"from": 20261220, "to": "2027-01-03"}], "needs a day for from"),
        ([{"from": datetime.datetime(2026, 12, 20, 18, 0), "to": "2027-01-03"}], "needs a day for from"),
        ([{"from": "2026-12-20", "to": "2026-12-19"}], "ends on 2026-12-19, before it begins"),
        ([{"from": "2026-12-20", "to": "2026-12-21", "because": "x"}], "has no because"),
    ],
)
def test_freezes_that_make_no_sense_are_refused(value: object, said: str) -> None:
    with pytest.raises(ValueError, match=r"^(must|needs|ends|has) ") as raised:
        freezes(value)
    assert said in str(raised.value)


@pytest.mark.parametrize("value", ["", "Berlin", "../etc/passwd", "/etc/localtime", 1, None])
def test_time_zones_that_nobody_knows_are_refused(value: object) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        zone(value)
    assert zone("Europe/Berlin") == "Europe/Berlin"
