"""Figures as people read them, the unit set apart by a thin space."""

import datetime
from collections.abc import Callable
from typing import Any

_THIN = "\N{NARROW NO-BREAK SPACE}"
_SIZES = ("bytes", "kB", "MB", "GB", "TB")


def duration(seconds: float | None) -> list[tuple[str, str]]:
    """A time as numbers with their units; nothing for none."""
    if seconds is None:
        return []
    if seconds < 0.9995:
        return [(f"{seconds * 1000:.1f}" if seconds < 0.00995 else f"{seconds * 1000:.0f}", "ms")]
    if seconds < 119.5:
        return [(f"{seconds:.2f}" if seconds < 9.995 else f"{seconds:.1f}", "s")]
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return [(str(hours), "h"), (str(minutes), "min")] if hours else [(str(minutes), "min"), (str(rest), "s")]


def size(count: float | None) -> list[tuple[str, str]]:
    """Bytes as a number with its unit, as PostgreSQL counts them; nothing for none."""
    if count is None:
        return []
    number, unit = float(count), 0
    while abs(number) >= 1024 and unit < len(_SIZES) - 1:
        number, unit = number / 1024, unit + 1
    digits = 0 if unit == 0 or abs(number) >= 100 else 1
    return [(f"{number:,.{digits}f}".replace("-", "−"), _SIZES[unit])]


def number(count: float | None) -> str:
    """A count with its thousands apart."""
    if count is None:
        return ""
    return f"{count:,}".replace("-", "−")


def plain(parts: list[tuple[str, str]]) -> str:
    """Numbers with their units, as text."""
    return " ".join(f"{figure}{_THIN}{unit}" for figure, unit in parts)


def local(text: str) -> datetime.datetime:
    """A time of the record in the local time zone."""
    return datetime.datetime.fromisoformat(text).astimezone()


def _marked(parts: list[tuple[str, str]]) -> Any:
    """The same for the page."""
    from markupsafe import Markup

    one = Markup('{}<span class="unit">{}{}</span>')
    return Markup(" ").join(one.format(figure, _THIN, unit) for figure, unit in parts)


def _moment(text: str | None, form: str = "%Y-%m-%d %H:%M:%S") -> Any:
    """A time for people, with the exact one behind it."""
    from markupsafe import Markup

    if not text:
        return ""
    time = local(text)
    exact = time.isoformat(timespec="milliseconds")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(exact, exact, f"{time:{form}}")


def _change(count: float | None) -> str:
    """A difference with its sign."""
    return number(count) if not count or count < 0 else f"+{number(count)}"


def _code(text: str) -> Any:
    """A text in which `words` are as one types them."""
    from markupsafe import Markup, escape

    parts = text.split("`")
    marked = [Markup("<code>{}</code>").format(part) if place % 2 else escape(part) for place, part in enumerate(parts)]
    return Markup("").join(marked) if len(parts) % 2 else text


FILTERS: dict[str, Callable[..., object]] = {
    "duration": lambda value: _marked(duration(value)),
    "size": lambda value: _marked(size(value)),
    "number": number,
    "change": _change,
    "code": _code,
    "moment": _moment,
    "clock": lambda value: _moment(value, "%H:%M:%S"),
}
