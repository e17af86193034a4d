"""The project's folder, its .env, and environments/NAME.yaml as keys and values; what they mean is settings' affair."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .errors import UsageError


def project_of(start: Path) -> Path:
    """The nearest folder upwards that holds environments/, else the one we stand in."""
    return next((folder for folder in (start, *start.parents) if (folder / "environments").is_dir()), start)


def read_dotenv(project: Path) -> Mapping[str, str]:
    """The variables of .env that have a value; none if there is no such file."""
    path = project / ".env"
    if not path.is_file():
        return {}
    from dotenv import dotenv_values

    return {key: value for key, value in dotenv_values(path, interpolate=False).items() if value}


def chosen_environment(
    flags: Mapping[str, Any], variables: Mapping[str, str], env_file: Mapping[str, str]
) -> tuple[str, str]:
    """The environment's name, empty for the default one, and who chose it."""
    candidates = (
        (flags.get("env"), "--env"),
        (variables.get("MIGRATEKIT_ENV"), "MIGRATEKIT_ENV (environment)"),
        (env_file.get("MIGRATEKIT_ENV"), "MIGRATEKIT_ENV (.env)"),
    )
    return next(((str(name), origin) for name, origin in candidates if name), ("", "default"))


def read_environment(project: Path, name: str, verb: str | None, *, asked_for: bool) -> tuple[dict[str, Any], str]:
    """The keys of environments/NAME.yaml and what to call that file; UsageError if it is not there, or no YAML.

    A project without the folder has an empty environment, unless one was asked for.
    """
    # It is there to make that file, whatever lies in its place.
    if verb == "init":
        return {}, "default"
    folder = project / "environments"
    path = folder / f"{name}.yaml"
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name) or not path.is_file():
        if not asked_for and not folder.is_dir():
            return {}, "default"
        there = ", ".join(sorted(file.stem for file in folder.glob("*.yaml"))) or "none"
        raise UsageError(f"there is no environment {name!r}", where=str(folder), hint=f"environments there: {there}")
    import yaml

    where = f"environments/{path.name}"
    try:
        text = path.read_text(encoding="utf-8")
        document = yaml.safe_load(text)
        twice = _given_twice(yaml.compose(text, Loader=yaml.SafeLoader))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{where}:{mark.line + 1}:{mark.column + 1}" if mark else where
        raise UsageError(
            f"this is not YAML: {getattr(error, 'problem', None) or 'cannot be read'}",
            where=place,
            hint="mend the line",
        ) from None
    if document is not None and not isinstance(document, dict):
        raise UsageError("must hold keys and values", where=where, hint="docs/environments.md shows one")
    if twice:
        raise UsageError(f"the key {twice} is given twice", where=where, hint="keep one of them")
    return document or {}, where


def _given_twice(node: Any) -> str:
    """The first key of a YAML mapping that comes again; empty if none does."""
    keys = [key.value for key, _ in node.value] if node is not None and node.id == "mapping" else []
    return next((str(key) for number, key in enumerate(keys) if key in keys[:number]), "")
