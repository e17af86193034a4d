"""From a kind and its inputs to the texts of its files."""

import ast
import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import SourceError, UsageError
from ..migration import Direction
from ..render import Templates, author
from .kinds import Kind, Pair
from .naming import without_verb

_FILE = re.compile(r"[0-9]+_[a-z0-9_]+\.(?:up|down)\.sql")
_PROGRAM = re.compile(r"[0-9]+_[a-z0-9_]+\.(?!sql)[a-z]+")
_MAX_TITLE = 200


@dataclass(frozen=True, slots=True)
class Planned:
    """A pair that is to be written, before it has its number."""

    pair: Pair
    title: str
    item: object


@dataclass(frozen=True, slots=True)
class Draft:
    """A pair with its number, the text of each half, and those of programs by the names of their files."""

    version: str
    title: str
    texts: Mapping[Direction, str]
    programs: Mapping[str, str] = field(default_factory=dict)

    def file(self, direction: Direction) -> str:
        """The name of the file."""
        return f"{self.version}_{self.title}.{direction}.sql"


class Author:
    """Writes the files of one migration."""

    def __init__(
        self, templates: Templates, project: Path, kind: Kind, name: str, values: Mapping[str, object]
    ) -> None:
        self._templates = templates
        self._kind = kind
        self._values = {**values, "kind": kind.name, "rest": without_verb(name)}
        self._common: dict[str, object] = {
            "author": author(project),
            "date": datetime.datetime.now().astimezone().date().isoformat(),
        }
        self.pairs = self._plan(name)

    def _plan(self, name: str) -> list[Planned]:
        planned = []
        for pair in self._kind.pairs:
            for item in self._items(pair):
                values = {**self._values, "name": name, "item": item}
                text = self._templates.text(pair.title, values, where=f"{self._kind.name}/kind.yaml")
                title = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:_MAX_TITLE]
                planned.append(Planned(pair, title or name, item))
        return planned

    def _items(self, pair: Pair) -> Sequence[object]:
        if not pair.each:
            return [None]
        where = f"{self._kind.name}/kind.yaml"
        found = self._templates.value(pair.each, self._values, where=where)
        if found and not isinstance(found, Sequence | bool):
            return list(found)
        return ([found] if isinstance(found, str | bool) else found) if found else []

    def write(self, versions: Sequence[str], dependencies: Sequence[str]) -> list[Draft]:
        """The files under these numbers; the first pair depends on what is given, each other on the one before it."""
        drafts = []
        for number, planned in enumerate(self.pairs):
            before = [versions[number - 1]] if number else dependencies
            values = {
                **self._values,
                **self._common,
                "item": planned.item,
                "name": planned.title,
                "phase": planned.pair.phase,
                "version": versions[number],
                "versions": list(versions),
                "previous": versions[number - 1] if number else "",
                "next": versions[number + 1] if number + 1 < len(versions) else "",
                "dependencies": ", ".join(before) or "None",
                "description": planned.title.replace("_", " ").capitalize(),
            }
            texts = {
                way: self._templates.render(f"{self._kind.name}/{planned.pair.template(way)}", values)
                for way in Direction
            }
            programs = self._programs(planned.pair, values)
            drafts.append(self._checked(Draft(versions[number], planned.title, texts, programs)))
        return drafts

    def _programs(self, pair: Pair, values: Mapping[str, object]) -> dict[str, str]:
        name = self._templates.text(pair.program, values, where=f"{self._kind.name}/kind.yaml")
        if not name:
            return {}
        if not _PROGRAM.fullmatch(name):
            raise SourceError(f"{name} is no name for a program", hint="mend the program in its kind.yaml")
        text = self._templates.render(f"{self._kind.name}/{pair.program_template}", values)
        if name.endswith(".py"):
            _check_python(name, text)
        return {name: text}

    def _checked(self, draft: Draft) -> Draft:
        for way in Direction:
            if not _FILE.fullmatch(draft.file(way)):
                raise SourceError(f"{draft.file(way)} is no name for a file", hint="mend the title in its kind.yaml")
        return draft


def _check_python(name: str, text: str) -> None:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError) as error:
        line = text.splitlines()[(getattr(error, "lineno", None) or 1) - 1].strip()
        what = f"{name} would not be Python: {getattr(error, 'msg', error)}: {line}"
        raise UsageError(what, hint="mend what is given for it; for a long text write it into the file later") from None
