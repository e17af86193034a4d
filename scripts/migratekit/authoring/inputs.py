"""What a kind needs to know: from the command line, the name, a default or the database's catalogs."""

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches

from ..errors import UsageError
from ..render import Templates
from .kinds import Input, Kind, Refusal
from .naming import words_of
from .values import READERS, read_word

# Gives the value that a query finds, None if there is none; UsageError if there is no database to ask.
Ask = Callable[[str], str | None]


def gather(
    kind: Kind, given: Mapping[str, str], named: Mapping[str, str], templates: Templates, ask: Ask
) -> dict[str, object]:
    """The values of a kind's inputs; UsageError says what is wrong, or names all that is missing."""
    _refuse_strange(kind, given)
    values = _Gathering(kind, given, named, templates, ask).values()
    where = f"{kind.name}/kind.yaml"
    for refusal in kind.refusals:
        found = templates.value(refusal.when, values, where=where)
        if found:
            told = (templates.text(text, {**values, "found": found}, where=where) for text in _told(refusal))
            raise UsageError(next(told), hint=next(told))
    return values


def _told(refusal: Refusal) -> tuple[str, str]:
    return refusal.because, refusal.hint or "give other inputs"


class _Gathering:
    """Goes through the inputs in their order; what comes later may be made of what came before."""

    def __init__(
        self, kind: Kind, given: Mapping[str, str], named: Mapping[str, str], templates: Templates, ask: Ask
    ) -> None:
        self._kind = kind
        self._given = given
        self._named = named
        self._templates = templates
        self._ask = ask
        self._values: dict[str, object] = {}
        self._missing: list[Input] = []
        self._refusal: UsageError | None = None

    def values(self) -> dict[str, object]:
        for wanted in self._kind.inputs:
            needless = wanted.unless in self._given and wanted.name not in self._given
            value = None if needless else self._value(wanted)
            follows = bool(self._missing and wanted.default)
            if value is None and not (wanted.optional or needless or follows):
                self._missing.append(wanted)
            self._values[wanted.name] = value
        if self._missing:
            raise self._lacking()
        return self._values

    def _value(self, wanted: Input) -> object:
        if wanted.name in self._given:
            return _read(wanted, self._given[wanted.name], _option(wanted))
        value = None
        if wanted.name in self._named:
            value = _read_word(wanted, self._named[wanted.name])
        if value is None and wanted.default and not self._missing:
            value = self._worked_out(wanted, wanted.default)
        if value is None and wanted.catalog and not self._missing:
            value = self._found(wanted)
        if value is None and wanted.fallback and not self._missing:
            value = self._worked_out(wanted, wanted.fallback)
        return value

    def _worked_out(self, wanted: Input, expression: str) -> object:
        where = f"{self._kind.name}/kind.yaml: {wanted.name}"
        value = self._templates.value(expression, self._values, where=where)
        if value is None or value == "":
            return None
        return _read(wanted, value, f"the default of {wanted.name}") if isinstance(value, str) else value

    def _found(self, wanted: Input) -> object:
        if self._refusal is not None:
            return None
        statement = self._templates.render(f"{self._kind.name}/{wanted.catalog}", self._values)
        try:
            found = self._ask(statement)
        except UsageError as error:
            self._refusal = error
            return None
        return None if found is None else _read(wanted, found, f"the database's {wanted.name}")

    def _lacking(self) -> UsageError:
        what = [f"{self._flag(one)}{f' ({one.help})' if one.help else ''}" for one in self._missing]
        why = f"; {self._refusal.what}" if self._refusal and any(one.catalog for one in self._missing) else ""
        names = ", ".join(one.name.replace("_", " ") for one in self._missing)
        return UsageError(
            f"a migration of the kind {self._kind.name} needs {names}{why}", hint=f"give {', '.join(what)}"
        )

    def _flag(self, wanted: Input) -> str:
        """How a missing input is given; with the columns that the name speaks of."""
        words = words_of(self._named.get(wanted.name) or self._named.get("names", ""))
        if wanted.type not in ("columns", "definition") or not any(words):
            return wanted.flag
        return f'--columns "{" ".join(f"{word}:TYPE" for word in words)}"'


def _option(wanted: Input) -> str:
    return f"--{wanted.name}" if wanted.name in ("table", "columns") else f"--set {wanted.name}"


def _read(wanted: Input, text: str, where: str) -> object:
    try:
        value: object = READERS[wanted.type](text)
        if wanted.choices and value not in wanted.choices:
            raise ValueError(f"must be one of {', '.join(wanted.choices)}")
    except ValueError as error:
        raise UsageError(str(error), where=where, hint=f"give {wanted.flag}; docs/authoring.md explains it") from None
    return value


def _read_word(wanted: Input, text: str) -> object:
    try:
        return read_word(wanted.type, text)
    except ValueError as error:
        raise UsageError(f"{error}", where="the name", hint=f"give {wanted.flag}") from None


def _refuse_strange(kind: Kind, given: Mapping[str, str]) -> None:
    names = [one.name for one in kind.inputs]
    strange: Sequence[str] = [name for name in given if name not in names]
    if strange:
        near = get_close_matches(strange[0], names, n=1)
        meant = f", did you mean {near[0]}?" if near else ""
        what = f"a migration of the kind {kind.name} takes no {strange[0]}{meant}"
        raise UsageError(what, hint=f"it takes {', '.join(names) or 'nothing'}: `migratekit templates {kind.name}`")
