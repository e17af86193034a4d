"""The revisions of a project, as `alembic history --verbose` tells them; pure."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

_ENTRY = re.compile(r"^(?=Rev: )", re.MULTILINE)
_FIELD = re.compile(r"(Rev|Parent|Merges|Also depends on|Branch names|Path): (.*)")
_DOC = "    "
_OWN = re.compile(r"(Revision ID|Revises|Create Date):(.*)")
_BASE = "<base>"


class Revision(NamedTuple):
    """One revision: the ones that it stands on, its file, and what its docstring says."""

    id: str
    parents: tuple[str, ...]
    path: str
    message: str
    remarks: tuple[str, ...]
    created: str


def read_history(text: str) -> list[Revision]:
    """The revisions, each behind those that it stands on."""
    told = [_told(entry) for entry in _ENTRY.split(text) if entry.startswith("Rev: ")]
    ids = {fields["Rev"].split()[0] for fields, _ in told}
    labels = {label: fields["Rev"].split()[0] for fields, _ in told for label in _listed(fields.get("Branch names"))}
    return [_revision(fields, doc, ids, labels) for fields, doc in reversed(told)]


def _told(entry: str) -> tuple[dict[str, str], list[str]]:
    """The fields of an entry, and the lines of its docstring."""
    lines = entry.splitlines()
    end = next((number for number, line in enumerate(lines) if line.startswith(_DOC)), len(lines))
    fields = [found for line in lines[:end] if (found := _FIELD.fullmatch(line))]
    return {found[1]: found[2] for found in fields}, [line.removeprefix(_DOC).rstrip() for line in lines[end:]]


def _revision(fields: Mapping[str, str], doc: list[str], ids: Collection[str], labels: Mapping[str, str]) -> Revision:
    own = [found for line in doc if (found := _OWN.match(line))]
    said = [line for line in doc[1:] if not _OWN.match(line)]
    needs = [labels.get(name, name) for name in _listed(fields.get("Also depends on"))]
    below = [*_listed(fields.get("Parent")), *_listed(fields.get("Merges")), *_whole(needs, ids)]
    message = doc[0] if doc and not _OWN.match(doc[0]) else ""
    created = next((found[2].strip() for found in own if found[1] == "Create Date"), "")
    parents = tuple(dict.fromkeys(below))
    return Revision(fields["Rev"].split()[0], parents, fields.get("Path", ""), message, _trimmed(said), created)


def _listed(text: str | None) -> list[str]:
    return [name.strip() for name in (text or "").split(",") if name.strip() not in ("", _BASE)]


def _whole(names: Collection[str], ids: Collection[str]) -> Iterator[str]:
    """The revisions that are meant, of which only the beginning may be written."""
    for name in names:
        yield name if name in ids else next((each for each in sorted(ids) if each.startswith(name)), name)


def _trimmed(lines: list[str]) -> tuple[str, ...]:
    return tuple("\n".join(lines).strip("\n").splitlines())
