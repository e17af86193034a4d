"""`migrate create`: two empty files under golang-migrate's rules."""

import datetime
import os
import re
import time
import zoneinfo
from collections.abc import Callable

from ...errors import MigratekitError
from .flags import Flags, unsigned

DEFAULT_FORMAT = "20060102150405"
DEFAULTS: dict[str, str | bool | int] = {
    "ext": "", "dir": "", "format": DEFAULT_FORMAT, "tz": "", "seq": False, "digits": 6, "help": False,
}  # fmt: skip

# Go writes layouts as the moment 2006-01-02 15:04:05; the longer spelling is tried first.
_LAYOUT = {
    "January": "%B", "Monday": "%A", "2006": "%Y", "-0700": "%z", "Jan": "%b", "Mon": "%a", "MST": "%Z",
    "002": "%j", "01": "%m", "02": "%d", "03": "%I", "04": "%M", "05": "%S", "06": "%y", "15": "%H", "PM": "%p",
}  # fmt: skip


class CreateError(MigratekitError):
    """The files cannot be made; the message is golang-migrate's."""


def zone(name: str) -> datetime.tzinfo | None:
    """The time zone of that name, UTC for none; None if there is no such zone."""
    if name in ("", "UTC"):
        return datetime.UTC
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None


def create(flags: Flags, name: str, tz: datetime.tzinfo, tell: Callable[[str], None]) -> None:
    """Makes the pair and tells each file's absolute path; CreateError or OSError if it cannot."""
    if flags.on("seq") and flags.text("format") != DEFAULT_FORMAT:
        raise CreateError("the seq and format options are mutually exclusive")
    if "/" in name or any(character < " " for character in name):
        raise CreateError("the name must not hold a slash, a line break or a control character")
    folder = os.path.normpath(flags.text("dir") or ".")
    extension = flags.text("ext").removeprefix(".")
    existing = _existing(folder, extension)
    if flags.on("seq"):
        version = _next_number(folder, existing, flags.number("digits"))
    else:
        version = _time_version(flags.text("format"), tz)
    if any(other.startswith(f"{version}_") for other in existing):
        raise CreateError(f"duplicate migration version: {version}")
    os.makedirs(folder, exist_ok=True)  # noqa: PTH103
    for direction in ("up", "down"):
        path = os.path.abspath(f"{folder}/{version}_{name}.{direction}.{extension}")  # noqa: PTH100
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o666))
        tell(path)


def _existing(folder: str, extension: str) -> list[str]:
    try:
        return sorted(name for name in os.listdir(folder) if name.endswith(f".{extension}"))  # noqa: PTH208
    except FileNotFoundError:
        return []


def _next_number(folder: str, existing: list[str], digits: int) -> str:
    if digits <= 0:
        raise CreateError("digits must be positive")
    # The last name in text order counts, not the largest number: that is golang-migrate's rule.
    last = unsigned(existing[-1].partition("_")[0]) if existing else 0
    if last is None:
        malformed = os.path.abspath(f"{folder}/{existing[-1]}")  # noqa: PTH100
        raise CreateError(f"malformed migration filename: {malformed}")
    version = f"{last + 1:0{digits}d}"
    if len(version) > digits:
        raise CreateError(f"next sequence number {version} too large, at most {digits} digits are allowed")
    return version


def _time_version(layout: str, tz: datetime.tzinfo) -> str:
    now = time.time_ns()
    if layout == "unix":
        return str(now // 10**9)
    if layout == "unixNano":
        return str(now)
    moment = datetime.datetime.fromtimestamp(now / 1e9, tz)
    return re.sub("|".join(_LAYOUT), lambda match: moment.strftime(_LAYOUT[match[0]]), layout)
