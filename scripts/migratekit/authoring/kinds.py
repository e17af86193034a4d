"""Kinds of migrations: each is a folder of templates with a kind.yaml."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ..errors import SourceError, UsageError
from ..render import Templates
from .naming import Pattern
from .values import READERS

RAW = "raw"
# What templates see besides the inputs.
_TAKEN = frozenset(
    {"author", "date", "dependencies", "description", "found", "item", "kind", "name", "next", "phase", "previous"}
    | {"rest", "version", "versions"}
)
_PHASES = ("", "expand", "migrate", "contract")


@dataclass(frozen=True, slots=True)
class Input:
    """Something that a kind needs to know, and where it comes from if the command line does not say it."""

    name: str
    type: str
    help: str = ""
    choices: tuple[str, ...] = ()
    # An expression over the inputs before it.
    default: str = ""
    # A query, as a template in the kind's folder.
    catalog: str = ""
    # An expression for where neither the default nor the catalogs have a value.
    fallback: str = ""
    # Another input: given on the command line, it makes this one needless.
    unless: str = ""
    optional: bool = False

    @property
    def flag(self) -> str:
        """How it is given on the command line."""
        if self.name in ("table", "columns"):
            shape = {"table": "TABLE", "columns": '"NAME …"' if self.type == "fields" else '"NAME:TYPE …"'}[self.name]
            return f"--{self.name} {shape}"
        return f"--set {self.name}={'|'.join(self.choices) or '…'}"


@dataclass(frozen=True, slots=True)
class Pair:
    """An up and a down file that a kind writes; with `each`, one for every item of a list."""

    file: str = ""
    title: str = "{{ name }}"
    phase: str = ""
    # An expression; nothing is written where it gives an empty list, or nothing.
    each: str = ""
    # The name of a program that comes with it, as a template; nothing is written where it is empty.
    program: str = ""

    def template(self, direction: str) -> str:
        """The name of its template in the kind's folder."""
        return self._named(f"{direction}.sql.j2")

    @property
    def program_template(self) -> str:
        """The same for its program."""
        return self._named("program.j2")

    @property
    def templates(self) -> list[str]:
        """All of them."""
        halves = [self.template(direction) for direction in ("up", "down")]
        return [*halves, self.program_template] if self.program else halves

    def _named(self, ending: str) -> str:
        return f"{self.file}.{ending}" if self.file else ending


@dataclass(frozen=True, slots=True)
class Refusal:
    """An expression over the inputs, and what is wrong where it holds."""

    when: str
    because: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of migration."""

    name: str
    summary: str
    patterns: tuple[Pattern, ...]
    inputs: tuple[Input, ...]
    pairs: tuple[Pair, ...]
    refusals: tuple[Refusal, ...]
    is_own: bool

    def input(self, name: str) -> Input | None:
        """The input of that name."""
        return next((one for one in self.inputs if one.name == name), None)


def read_kinds(templates: Templates) -> dict[str, Kind]:
    """The kinds that there are, by name; SourceError for a kind.yaml that makes no sense."""
    found = {}
    for folder in templates.folders():
        path = templates.find(f"{folder}/kind.yaml")
        if path is not None:
            found[folder] = _read(folder, path, templates)
    return found


def kind_named(kinds: Mapping[str, Kind], name: str) -> Kind:
    """The kind of that name; UsageError if there is none."""
    wanted = name.lower().replace("_", "-")
    found = kinds.get(name) or kinds.get(wanted)
    if found is None:
        near = get_close_matches(wanted, kinds, n=1)
        meant = f", did you mean {near[0]}?" if near else ""
        raise UsageError(f"there is no kind {name!r}{meant}", hint="`migratekit templates` lists the kinds")
    return found


def _read(name: str, path: Path, templates: Templates) -> Kind:
    where = f"templates/{name}/kind.yaml"
    try:
        document = _load(path)
        _only(document, ("summary", "names", "inputs", "refuse", "pairs"), "key")
        inputs = tuple(_input(key, spec) for key, spec in _mapping(document.get("inputs") or {}, "inputs").items())
        patterns = tuple(_pattern(name, text, inputs) for text in document.get("names") or ())
        pairs = tuple(_pair(spec) for spec in document.get("pairs") or [{}])
        refusals = tuple(_refusal(spec) for spec in document.get("refuse") or ())
    except ValueError as error:
        raise SourceError(str(error), where=where, hint="docs/authoring.md shows one") from None
    files = [file for pair in pairs for file in pair.templates]
    own = any(templates.is_own(f"{name}/{file}") for file in ("kind.yaml", *files))
    return Kind(name, str(document.get("summary") or ""), patterns, inputs, pairs, refusals, own)


def _load(path: Path) -> Mapping[str, Any]:
    import yaml

    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}: " if mark else ""
        raise ValueError(f"{line}this is not YAML: {getattr(error, 'problem', None) or 'cannot be read'}") from None
    return _mapping(document or {}, "the file")


def _mapping(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise ValueError(f"{what} must hold keys and values")
    return value


def _only(found: Iterable[str], known: Iterable[str], what: str) -> None:
    strange = sorted(set(found) - set(known))
    if strange:
        raise ValueError(f"unknown {what} {strange[0]!r}; known are {', '.join(known)}")


def _input(name: str, spec: Any) -> Input:
    given = {"type": spec} if isinstance(spec, str) else dict(_mapping(spec, f"input {name}"))
    if not re.fullmatch(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*", name):
        raise ValueError(f"input {name!r} must be a word of small letters")
    if name in _TAKEN:
        raise ValueError(f"input {name} must have another name: templates see something else under this one")
    _only(given, [field.name for field in fields(Input) if field.name != "name"], f"key of input {name}:")
    if given.get("type") not in READERS:
        raise ValueError(f"input {name} must have one of the types {', '.join(READERS)}")
    choices = tuple(map(str, given.pop("choices", ())))
    optional = given.pop("optional", False) is True
    return Input(name, choices=choices, optional=optional, **{key: str(value) for key, value in given.items()})


def _pattern(kind: str, text: Any, inputs: tuple[Input, ...]) -> Pattern:
    pattern = Pattern(kind, str(text))
    if not re.fullmatch(r"(?:[a-z0-9]+|\{\w+\})(?:_(?:[a-z0-9]+|\{\w+\}))*", pattern.text):
        raise ValueError(f"{text!r} is no pattern for names")
    _only(pattern.places, [one.name for one in inputs], f"input in {text}:")
    return pattern


def _refusal(spec: Any) -> Refusal:
    given = _mapping(spec, "a refusal")
    _only(given, [field.name for field in fields(Refusal)], "key of a refusal:")
    return Refusal(str(given.get("when", "")), str(given.get("because", "")), str(given.get("hint", "")))


def _pair(spec: Any) -> Pair:
    given = _mapping(spec, "a pair")
    _only(given, [field.name for field in fields(Pair)], "key of a pair:")
    pair = Pair(**{key: str(value) for key, value in given.items()})
    if pair.phase not in _PHASES or not re.fullmatch(r"[a-z0-9_-]*", pair.file):
        raise ValueError(f"a pair has the file {pair.file!r} and the phase {pair.phase!r}, which makes no sense")
    return pair
