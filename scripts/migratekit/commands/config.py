"""`migratekit config`."""

import argparse

from ..convention import default_table, source_name
from ..errors import ExitCode, MigratekitError, UsageError
from ..session import Session
from ..settings import Origin, Settings
from ..url import parse


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(session: Session) -> ExitCode:
    """Prints each setting with its origin, and no secret."""
    settings = session.settings
    values = {"environment": Origin(settings.environment, settings.environment_origin), **settings.values}
    values |= _conventional(settings)
    values["database"] = Origin(settings.url, settings.values["database"].source)
    shown = {name: (_show(name, origin), origin.source) for name, origin in values.items()}
    if session.options.json:
        session.console.json({name: {"value": value, "origin": source} for name, (value, source) in shown.items()})
    else:
        session.console.table(("setting", "value", "origin"), [(n, v, s) for n, (v, s) in shown.items()])
    return ExitCode.DONE


def _conventional(settings: Settings) -> dict[str, Origin]:
    """The convention that the folder shows, and the version table of it, where nobody named others."""
    found = {}
    if not settings.values["source"].value:
        try:
            found["source"] = Origin(source_name(settings), f"found in {settings.values['migrations'].value}")
        except UsageError as error:
            return {"source": Origin("", error.what)}
    name = str(found.get("source", settings.values["source"]).value)
    other = default_table(name)
    if other and settings.values["table"].source == "default":
        found["table"] = Origin(other, f"default of {name}")
    return found


def _show(name: str, origin: Origin) -> str:
    value = origin.value
    if name == "database":
        return _redacted(str(value)) if value else "-"
    if name == "shadow":
        return _redacted(value["url"]) if "url" in value else next(iter(value.values()), "-")
    if name == "url_command":
        # Its arguments may hold what opens the vault.
        return f"{value[0]} …" if value else "-"
    if name in ("verbs", "confirm") and value is None:
        return "all"
    if name == "webhooks":
        return ", ".join(each.get("url_variable") or each["url_file"] for each in value) or "-"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_plain(each)}" for name, each in value.items()) or "-"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "-"
    if isinstance(value, float):
        return f"{value:g} s"
    return str(value).lower() if isinstance(value, bool) else str(value) or "-"


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    return f"[{', '.join(map(str, value))}]" if isinstance(value, tuple) else str(value)


def _redacted(url: str) -> str:
    try:
        return parse(url).redacted()
    except MigratekitError:
        return "(not a PostgreSQL URL)"
