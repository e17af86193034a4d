"""What is in force for one run: flags > environment > .env > environments/NAME.yaml > defaults."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from . import hours, kinds, sections
from .environment_file import chosen_environment, project_of, read_dotenv, read_environment
from .errors import UsageError
from .sections import Backups, Drifting, Limits, Shadow, Watching, Webhook
from .url_sources import asked_url, named_url

DEFAULT_ENVIRONMENT = "development"


@dataclass(frozen=True, slots=True)
class Origin:
    """A value and where it comes from."""

    value: Any = field(repr=False)
    source: str


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a verb needs to know; each value knows its origin."""

    project: Path
    environment: str
    environment_origin: str
    values: Mapping[str, Origin]
    # The variables of the environment, those of .env behind them.
    variables_set: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def url(self) -> str:
        """The database's URL, password included; empty where none is named. UsageError if it cannot be had."""
        given, where = str(self.values["database"].value), self.values["database"].source
        file, command = self.values["url_file"].value, self.values["url_command"].value
        return given or (asked_url(self.project, file, command, where) if file or command else "")

    @property
    def embedded(self) -> bool:
        """True if the embedded server serves this environment, because no URL is named."""
        named = ("database", "url_file", "url_command")
        return bool(self.values["embedded"].value) and not any(self.values[name].value for name in named)

    @property
    def names_database(self) -> bool:
        """True if there is a database, be it named by a URL or embedded."""
        return any(self.values[name].value for name in ("embedded", "database", "url_file", "url_command"))

    @property
    def policies(self) -> Mapping[str, str]:
        """What the environment has rules of `validate` count, as far as it says: off, warn or error."""
        return dict(self.values["rules"].value)

    @property
    def preflight(self) -> Mapping[str, str]:
        """What the environment has checks of `preflight` count, as far as it says: off, warn or error."""
        return dict(self.values["preflight"].value)

    @property
    def limits(self) -> Limits:
        """From where on `preflight` complains."""
        return Limits(**self.values["limits"].value)

    @property
    def calendar(self) -> hours.Calendar:
        """When a release may run."""
        windows, freezes, zone = (self.values[key].value for key in ("allowed_hours", "freeze", "timezone"))
        return hours.Calendar(windows, freezes, zone)

    @property
    def backups(self) -> Backups:
        """How backups are made and kept."""
        return Backups(**self.values["backup"].value)

    @property
    def watching(self) -> Watching:
        """How a running migration is watched."""
        return Watching(**self.values["watch"].value)

    @property
    def drifting(self) -> Drifting:
        """What `drift` leaves out."""
        return Drifting(**self.values["drift"].value)

    @property
    def shadow(self) -> Shadow:
        """Where databases are made that files are tried in."""
        return Shadow(**self.values["shadow"].value)

    @property
    def webhooks(self) -> Sequence[Webhook]:
        """Where events go to."""
        return [Webhook(**each) for each in self.values["webhooks"].value]

    @property
    def variables(self) -> Mapping[str, object]:
        """What templates of the project are filled with."""
        return dict(self.values["variables"].value)

    @property
    def folder(self) -> Path:
        """The folder of the migrations."""
        return self.project / str(self.values["migrations"].value)

    @property
    def table(self) -> tuple[str | None, str]:
        """Schema, None for the session's current one, and name of the version table."""
        schema, _, name = str(self.values["table"].value).rpartition(".")
        return schema or None, name

    def seconds(self, name: str) -> float:
        """A duration in seconds."""
        return float(self.values[name].value)

    def allows(self, verb: str) -> bool:
        """True if the environment lets this verb run."""
        verbs = self.values["verbs"].value
        return verbs is None or verb in verbs

    def confirms(self, verb: str) -> bool:
        """True if the environment wants its name typed before this verb runs."""
        verbs = self.values["confirm"].value
        return verbs is None or verb in verbs

    def missing_url(self) -> UsageError:
        """What to say when no database is named and none is embedded."""
        variable = self.values["url_variable"].value
        parts = " or DB_HOST and its like" if variable == _KEYS["url_variable"].default else ""
        return UsageError(
            f"environment {self.environment} needs a database URL",
            hint=f"set {variable}{parts} (in the environment or in .env), or give --database URL",
        )


@dataclass(frozen=True, slots=True)
class _Key:
    """One setting: how to read it, its default, and the variable and flag that override it."""

    read: Callable[[Any], Any]
    default: Any
    variable: str = ""
    flag: str = ""


_KEYS: dict[str, _Key] = {
    "migrations": _Key(kinds.text, "migrations", "MIGRATEKIT_MIGRATIONS", "path"),
    "source": _Key(kinds.convention, "", "MIGRATEKIT_SOURCE", "source"),
    "table": _Key(kinds.text, "schema_migrations", "MIGRATEKIT_TABLE", "table"),
    "lock_wait": _Key(kinds.duration, 300.0, "MIGRATEKIT_LOCK_WAIT", "lock_wait"),
    "lock_timeout": _Key(kinds.duration, 0.0, "MIGRATEKIT_LOCK_TIMEOUT", "lock_timeout"),
    "statement_timeout": _Key(kinds.duration, 0.0, "MIGRATEKIT_STATEMENT_TIMEOUT", "statement_timeout"),
    "postgres": _Key(kinds.text_or_number, "", "MIGRATEKIT_POSTGRES"),
    "embedded": _Key(kinds.switch, False),
    "verbs": _Key(kinds.names, None),
    "confirm": _Key(kinds.names, ()),
    "rules": _Key(kinds.policies, {}),
    "variables": _Key(kinds.variables, {}),
    "preflight": _Key(kinds.policies, {}),
    "limits": _Key(sections.READ_LIMITS, {}),
    "allowed_hours": _Key(hours.windows, ()),
    "freeze": _Key(hours.freezes, ()),
    "timezone": _Key(hours.zone, ""),
    "backup": _Key(sections.READ_BACKUP, {}),
    "branch": _Key(sections.read_branch, {}),
    "drift": _Key(sections.READ_DRIFT, {}),
    "shadow": _Key(sections.read_shadow, {}, "MIGRATEKIT_SHADOW_URL", "shadow"),
    "watch": _Key(sections.READ_WATCH, {}),
    "metrics": _Key(kinds.text, "", "MIGRATEKIT_METRICS"),
    "webhooks": _Key(sections.READ_WEBHOOKS, ()),
    "log_format": _Key(kinds.choice("text", "json"), "text", "MIGRATEKIT_LOG_FORMAT", "log_format"),
    "reports": _Key(kinds.switch, False),
    "schema_file": _Key(kinds.text, ""),
    "checks": _Key(kinds.text, "checks"),
    "check_timeout": _Key(kinds.duration, 60.0),
    "analyze": _Key(kinds.switch, False),
    "on_failure": _Key(kinds.choice("stop", "rollback"), "stop", "", "on_failure"),
    "url_variable": _Key(kinds.text, "DATABASE_URL"),
    "url_file": _Key(kinds.text, ""),
    "url_command": _Key(kinds.words, ()),
}


def load(
    flags: Mapping[str, Any],
    variables: Mapping[str, str],
    start: Path,
    verbs: Collection[str] = (),
    rules: Collection[str] = (),
    checks: Collection[str] = (),
) -> Settings:
    """The settings of a run; one UsageError names every problem. `verbs`, `rules` and `checks` may be named in them."""
    project = project_of(start)
    env_file = read_dotenv(project)
    name, origin = chosen_environment(flags, variables, env_file)
    document, source = read_environment(project, name or DEFAULT_ENVIRONMENT, flags.get("verb"), asked_for=bool(name))
    problems = [f"{source}: unknown key {key!r}{_meant(key, _KEYS)}" for key in document if key not in _KEYS]
    values = _read(flags, variables, env_file, document, source, problems)
    for key, what, known in (("verbs", "verb", verbs), ("confirm", "verb", verbs), ("rules", "rule", rules)):
        problems += _strange_names(values, key, what, known)
    problems += _strange_names(values, "preflight", "check", checks)
    if problems:
        raise UsageError(_all_of(problems), hint="docs/environments.md lists every key")
    variables_set = {key: value for key, value in (*env_file.items(), *variables.items()) if value}
    values["database"] = _database(values, flags.get("database") or "", {"environment": variables, ".env": env_file})
    return Settings(project, name or DEFAULT_ENVIRONMENT, origin, values, variables_set)


def of_program(flags: Mapping[str, Any], project: Path) -> Settings:
    """The settings of a program that says itself what it wants: `flags` over defaults, and no environment."""
    problems: list[str] = []
    values = _read(flags, {}, {}, {}, "", problems)
    if problems:
        # It has no flags.
        problems = [problem.partition(": ")[2] for problem in problems]
        raise UsageError(_all_of(problems), hint="docs/python.md shows what there is")
    values["database"] = Origin(flags.get("database", ""), "the program")
    return Settings(project, "", "default", values)


def _read(
    flags: Mapping[str, Any],
    variables: Mapping[str, str],
    env_file: Mapping[str, str],
    document: Mapping[str, Any],
    source: str,
    problems: list[str],
) -> dict[str, Origin]:
    return {
        key: _first(key, spec, _candidates(key, spec, flags, variables, env_file, document, source), problems)
        for key, spec in _KEYS.items()
    }


def _strange_names(values: Mapping[str, Origin], key: str, what: str, names: Collection[str]) -> list[str]:
    """Complaints about what is named and does not exist; none if no names are known."""
    return [
        f"{values[key].source}: {key} names {name!r}, which is no {what}{_meant(name, names)}"
        for name in values[key].value or ()
        if names and name not in names
    ]


def _meant(name: Any, names: Collection[str]) -> str:
    near = get_close_matches(str(name), names, n=1)
    return f", did you mean {near[0]!r}?" if near else ""


def _candidates(
    key: str,
    spec: _Key,
    flags: Mapping[str, Any],
    variables: Mapping[str, str],
    env_file: Mapping[str, str],
    document: Mapping[str, Any],
    source: str,
) -> Iterable[Origin]:
    """Every place that could give the value, the strongest first."""
    if spec.flag and flags.get(spec.flag) is not None:
        value = flags[spec.flag]
        yield Origin(
            str(Path(value).absolute()) if key == "migrations" and value else value, f"--{spec.flag.replace('_', '-')}"
        )
    for place, mapping in (("environment", variables), (".env", env_file)):
        if spec.variable and mapping.get(spec.variable):
            yield Origin(mapping[spec.variable], f"{spec.variable} ({place})")
    if key in document:
        yield Origin(document[key], source)


def _first(name: str, spec: _Key, candidates: Iterable[Origin], problems: list[str]) -> Origin:
    for candidate in candidates:
        try:
            return Origin(spec.read(candidate.value), candidate.source)
        except ValueError as error:
            problems.append(f"{candidate.source}: {name} {error}")
            break
    return Origin(spec.default, "default")


def _all_of(problems: list[str]) -> str:
    if len(problems) == 1:
        return problems[0]
    return f"{len(problems)} problems in the settings:\n" + "\n".join(f"  {problem}" for problem in problems)


def _database(values: Mapping[str, Origin], given: str, places: Mapping[str, Mapping[str, str]]) -> Origin:
    """The URL, empty where it is still to be asked for, and what names it; `places` hold variables, strongest first."""
    variable, file, command = (values[name].value for name in ("url_variable", "url_file", "url_command"))
    asked = f"url_file {file}" if file else f"url_command {command[0]}" if command else ""
    parts = variable == _KEYS["url_variable"].default
    url, source = named_url(variable, given, places, asked, parts=parts)
    return Origin(url, source or ("embedded server" if values["embedded"].value else f"{variable} is not set"))
