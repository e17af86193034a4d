"""The revisions of an Alembic project as golang-migrate's pairs."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ..authoring.naming import without_accents
from ..checks._syntax import parser_refusal
from ..conversion import Converted, write_pairs
from ..database import literal
from ..errors import MigratekitError, SourceError
from ..header import read_header
from ..migration import Direction, File, Migration
from .calls import Alembic, Given
from .offline import own_words, question, revision_pieces, version_table
from .revisions import Revision
from .source import Traits, sets_paramstyle, traits

_MAX_TITLE = 63
_PERCENTS = re.compile(rb"%+")
_SWITCHES = "it asks whether it runs offline, so this may not be all that it does on a database"
_BACKSLASHES = "its values have backslashes, which SQLAlchemy before 2.1 prints twice: compare them with the Python"
_STOP = """-- NOT CONVERTED: {problem}
-- Write in SQL what {function}() of {path} does, and take away the statement that stops here.
DO $stop$ BEGIN RAISE EXCEPTION USING MESSAGE = {message}; END $stop$;
"""


class _Half(NamedTuple):
    """The texts of one way of a revision; `problem`: they are not what it does; `barred`: it refuses to go."""

    texts: list[bytes]
    problem: str = ""
    barred: bool = False


class _Halves(NamedTuple):
    """A revision with both of its ways."""

    revision: Revision
    up: _Half
    down: _Half


def convert_revisions(alembic: Alembic) -> Converted:
    """The pairs of all revisions; MigratekitError where Alembic cannot tell them."""
    revisions, notes = alembic.revisions(), list[str]()
    ups = alembic.offline(revisions, Direction.UP)
    downs = alembic.offline(revisions, Direction.DOWN)
    _refuse_doubled([*ups.values(), *downs.values()], revisions)
    table = version_table(alembic.before)
    notes += [f"env.py: left out, for it stands in front of all: {said}" for said in own_words(alembic.before, table)]
    notes.append(f"left out: Alembic's own statements about {table.decode()}")
    halves = []
    for revision in revisions:
        up = _half(revision, ups[revision.id], table, notes)
        halves.append(_Halves(revision, up, _half(revision, downs[revision.id], table, notes)))
        _remark(halves[-1], notes)
    return _Chain(halves, notes).converted()


def _half(revision: Revision, given: Given, table: bytes, notes: list[str]) -> _Half:
    """One way of a revision, in as many texts as it needs, or what is there of it in one comment."""
    if given.problem.startswith("NotImplementedError"):
        return _Half([], barred=True)
    file, problem = File(revision.path, revision.message), given.problem
    try:
        texts = revision_pieces(given.sql, table, file, notes)
    except SourceError as error:
        texts, problem = [given.sql.strip() + b"\n"], problem or error.what
    problem = problem or (_doubt(texts, traits(Path(revision.path))) if texts else "")
    return _Half(texts, problem)


def _doubt(texts: Sequence[bytes], found: Traits) -> str:
    """Why the texts may not be what the Python does, though nothing went wrong."""
    if found.switches:
        return _SWITCHES
    if found.binds and (asked := next(filter(None, map(question, texts)), "")):
        return f"it asks {asked}, and what it does with the answer is not printed"
    if not found.has_backslashes_of(b"\n".join(texts).decode("utf-8", "replace")):
        return _BACKSLASHES
    return next(filter(None, map(_refusal, texts)), "")


def _refusal(text: bytes) -> str:
    refusal = parser_refusal(text.decode("utf-8", "replace"))
    said = "what is printed is no SQL (does it print() something, or does env.py lack literal_binds=True?): "
    return said + refusal.message if refusal else ""


def _remark(each: _Halves, notes: list[str]) -> None:
    """Notes what may be less than the Python says, though nothing went wrong."""
    path = Path(each.revision.path)
    found, name = traits(path), path.name
    if found.binds and not (each.up.problem or each.down.problem):
        notes.append(f"{name}: asks for the connection: compare its SQL with its Python")
    if found.tabs:
        notes.append(f"{name}: has tabs in its texts, which Alembic prints as four blanks: see to it")


def _refuse_doubled(given: Sequence[Given], revisions: Sequence[Revision]) -> None:
    """MigratekitError where env.py has Alembic print each `%` twice, also those in texts."""
    runs = [run for each in given for run in _PERCENTS.findall(each.sql)]
    if runs and all(len(run) % 2 == 0 for run in runs) and not sets_paramstyle(Path(revisions[0].path)):
        raise MigratekitError(
            "Alembic prints each % twice, which would change texts; nothing was written",
            where="env.py",
            hint='give context.configure in run_migrations_offline: dialect_opts={"paramstyle": "named"}',
        )


class _Chain:
    """Revisions as a row of numbered files."""

    def __init__(self, halves: Sequence[_Halves], notes: list[str]) -> None:
        self._notes = notes
        self._unfinished: list[str] = []
        self._left_out = {each.revision.id: each.revision for each in halves if _only_merges(each)}
        self._kept = [each for each in halves if each.revision.id not in self._left_out]
        self._order = {each.revision.id: place for place, each in enumerate(self._kept)}
        self._width = max(3, len(str(sum(map(_count, self._kept)))))

    def converted(self) -> Converted:
        """All files, what is to be said, and which are to be finished."""
        merges: dict[str, list[str]] = {}
        for merge in self._left_out.values():
            below = self._below(merge)
            merges.setdefault(max(below, key=self._order.__getitem__), []).append(f"{merge.id} of {', '.join(below)}")
            self._notes.append(f"{Path(merge.path).name}: left out: it only merges {' and '.join(merge.parents)}")
        files: dict[str, bytes] = {}
        version = 1
        for each in self._kept:
            files |= self._pairs(each, version, merges.get(each.revision.id, []))
            version += _count(each)
        return Converted(files, self._notes, self._unfinished)

    def _below(self, revision: Revision) -> list[str]:
        """The revisions that it stands on, merges that are left out looked through."""
        found: dict[str, None] = {}
        for parent in revision.parents:
            merge = self._left_out.get(parent)
            found |= dict.fromkeys(self._below(merge) if merge else [parent])
        return list(found)

    def _pairs(self, each: _Halves, version: int, merges: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        revision, title = each.revision, _title(each.revision)
        number, count = str(version).zfill(self._width), _count(each)
        stem = f"{number}_{title}"
        migration = Migration(version, *(File(f"{stem}.{way}.sql", title) for way in Direction))
        below = ", ".join(self._below(revision)) or "none"
        lines = {"Date": revision.created, "Revision": revision.id, "Revises": below, "Merge": "; ".join(merges)}
        numbers = [str(version + place).zfill(self._width) for place in range(count)]
        # The way back begins with the last pair.
        undone = f"{numbers[-1]}_{title}" + (f"_{count}" if count > 1 else "")
        back = {"Rollback for": undone, "Revision": revision.id}
        ups = list(self._finished(each.up, each.down, f"{stem}.up.sql", revision, "upgrade"))
        downs = list(self._finished(each.down, each.up, f"{undone}.down.sql", revision, "downgrade"))
        ups = [_header(numbers[place], revision, {} if place else lines) + text for place, text in enumerate(ups)]
        downs = [
            _header(numbers[-1 - place], revision, {} if place else back) + text for place, text in enumerate(downs)
        ]
        return write_pairs(migration, ups, downs, self._notes)

    def _finished(self, half: _Half, other: _Half, name: str, revision: Revision, function: str) -> Iterator[bytes]:
        """The texts of a half: what it says, that it says nothing, or that it cannot be told."""
        if half.problem:
            self._unfinished.append(name)
            self._notes.append(f"{name}: NOT CONVERTED: {half.problem}")
            yield _stop(half, revision, function)
        elif half.texts:
            yield from half.texts
        elif not half.barred:
            if other.texts:
                self._notes.append(f"{name}: its {function}() does nothing, and so does the file")
            yield f"-- {function}() does nothing.\n".encode()


def _only_merges(each: _Halves) -> bool:
    halves = (each.up, each.down)
    return len(each.revision.parents) > 1 and not any(half.texts or half.problem or half.barred for half in halves)


def _count(each: _Halves) -> int:
    """How many files it becomes; what cannot be told, and what does nothing, is one."""
    return max(len(half.texts) if not half.problem else 1 for half in (each.up, each.down)) or 1


def _title(revision: Revision) -> str:
    words = re.sub(r"[^a-z0-9]+", "_", without_accents(revision.message).lower()).strip("_")
    cut = words if len(words) <= _MAX_TITLE else words[: _MAX_TITLE + 1].rpartition("_")[0] or words[:_MAX_TITLE]
    return cut or f"revision_{re.sub(r'[^a-z0-9]+', '_', revision.id.lower())}"


def _header(number: str, revision: Revision, fields: Mapping[str, str]) -> bytes:
    """The lines in front of the SQL, with all that the docstring says; its words for people stay such."""
    described = {"Version": number, "Description": revision.message or revision.id}
    lines = [f"-- {name}: {value}" for name, value in (described | dict(fields)).items() if value]
    remarks = revision.remarks if "Revises" in fields else ()
    lines += ["--"] * bool(remarks) + [_remarked(line) for line in remarks]
    return "".join(f"{line}\n" for line in [*lines, ""]).encode()


def _remarked(line: str) -> str:
    plain = f"-- {line}".rstrip()
    header = read_header(plain.encode())
    return f"-- | {line}" if header.fields or header.directives else plain


def _stop(half: _Half, revision: Revision, function: str) -> bytes:
    """A file that cannot run until somebody has finished it, with what there is in comments."""
    path = Path(revision.path)
    message = f"revision {revision.id} is not converted: {function}() of {path.name} is to be written here in SQL"
    shown = half.problem.replace("\n", " ")
    text = _STOP.format(problem=shown, function=function, path=path.name, message=literal(message))
    printed = b"\n".join(half.texts).decode("utf-8", "replace").strip()
    if printed:
        lines = (f"-- {line}".rstrip() for line in printed.splitlines())
        text += "\n".join(["", "-- What Alembic prints of it:", *lines, ""])
    return text.encode()
