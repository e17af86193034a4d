"""The schema that SQLAlchemy's models say, made in a shadow; the models live in a process of their own."""

import json
import os
import re
import subprocess
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from ..catalog import Inventory
from ..database import Database, SqlError
from ..errors import MigratekitError, UsageError
from .pieces import order

_FORM = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*:[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_PROGRAM = Path(__file__).with_name("metadata_ddl.py")
_SECONDS = 120
# What models use and do not make.
_FIRST = ("schema", "extension", "domain", "composite", "range", "function")
_LATER = ("enum", "sequence")
_TYPES = re.compile(r"CREATE (?:TYPE|DOMAIN|SCHEMA|EXTENSION|SEQUENCE)\b", re.IGNORECASE)


def build_models(database: Database, statements: Sequence[str], models: str, have: Inventory) -> None:
    """Makes in an empty database what the models say, with what of the files they may use."""
    database.run("SET check_function_bodies = off")
    _make_those(database, have, _FIRST)
    first = [each for each in statements if _TYPES.match(each)]
    _run(database, first, models)
    _make_those(database, have, _LATER)
    _run(database, [each for each in statements if not _TYPES.match(each)], models)


def _make_those(database: Database, have: Inventory, kinds: tuple[str, ...]) -> None:
    """What cannot be made without tables is not used by models either."""
    places = order(have)
    for each in sorted(have.objects.values(), key=lambda one: places[one.key]):
        if each.kind in kinds and not each.more.get("owner"):
            with suppress(SqlError):
                database.run(each.make)


def _run(database: Database, statements: Iterable[str], models: str) -> None:
    for statement in statements:
        try:
            database.run(statement)
        except SqlError as error:
            first = " ".join(statement.split())[:80]
            hint = "what models need beside tables and enums, the files have to make: extensions, functions, domains"
            raise MigratekitError(f"{error.what}, in {first}", where=models, hint=hint) from None


def read_models(models: str, python: str, project: Path) -> list[str]:
    """The statements that make what `module:attribute` says; UsageError, or MigratekitError where it cannot be read."""
    if not _FORM.fullmatch(models):
        raise UsageError(f"--models {models!r} is not module:attribute", hint="write it as in --models app.models:Base")
    try:
        done = subprocess.run(
            [python, str(_PROGRAM), models],
            cwd=project,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        what = f"its Python cannot be run: {error}" if isinstance(error, OSError) else "does not come to an end"
        raise MigratekitError(what, where=models, hint="name the Python that has your models: --python PATH") from None
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["it says nothing"]
        hint = f"the models are imported by {python} in {project}; --python names another one that has them"
        raise MigratekitError(f"the models cannot be read: {lines[-1]}", where=models, hint=hint)
    return [str(each) for each in json.loads(done.stdout)]
