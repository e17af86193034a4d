"""Flags, environment, .env, environments/NAME.yaml and defaults, in this order."""

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from migratekit.errors import UsageError
from migratekit.kinds import duration
from migratekit.settings import Settings, load
from migratekit.url import parse

CANARY = "c4naryC4nary"
ROOT_URL = "postgres://ann@h/db"


class Folder:
    """A project folder and what `load` makes of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        (path / "environments").mkdir()

    def yaml(self, text: str, name: str = "development") -> None:
        (self.path / "environments" / f"{name}.yaml").write_text(text, encoding="utf-8")

    def dotenv(self, text: str) -> None:
        (self.path / ".env").write_text(text, encoding="utf-8")

    def load(self, variables: Mapping[str, str] | None = None, **flags: object) -> Settings:
        return load(flags, variables or {}, self.path)

    def problem(self, variables: Mapping[str, str] | None = None, **flags: object) -> UsageError:
        with pytest.raises(UsageError) as raised:
            _ = self.load(variables, **flags).url  # a file or a program is asked only when a database is wanted
        return raised.value


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    folder = Folder(tmp_path)
    folder.yaml("")
    return folder


def value(settings: Settings, name: str) -> tuple[object, str]:
    found = settings.values[name]
    return found.value, found.source


def test_each_place_overrides_the_next(folder: Folder) -> None:
    assert value(folder.load(), "table") == ("schema_migrations", "default")
    folder.yaml("table: from_yaml")
    assert value(folder.load(), "table") == ("from_yaml", "environments/development.yaml")
    folder.dotenv("MIGRATEKIT_TABLE=from_dotenv\n")
    assert value(folder.load(), "table") == ("from_dotenv", "MIGRATEKIT_TABLE (.env)")
    variables = {"MIGRATEKIT_TABLE": "from_environment"}
    assert value(folder.load(variables), "table") == ("from_environment", "MIGRATEKIT_TABLE (environment)")
    assert value(folder.load(variables, table="from_flag"), "table") == ("from_flag", "--table")


def test_the_database_is_overridden_in_the_same_order(folder: Folder) -> None:
    (folder.path / "url").write_text("postgres://file/db\n")
    folder.yaml("url_file: url\nembedded: true")
    assert (folder.load().url, folder.load().values["database"].source) == ("postgres://file/db", "url_file url")
    assert not folder.load().embedded
    folder.dotenv("DATABASE_URL=postgres://dotenv/db\n")
    assert value(folder.load(), "database") == ("postgres://dotenv/db", "DATABASE_URL (.env)")
    variables = {"DATABASE_URL": "postgres://environment/db"}
    assert value(folder.load(variables), "database") == ("postgres://environment/db", "DATABASE_URL (environment)")
    settings = folder.load(variables, database="postgres://flag/db")
    assert value(settings, "database") == ("postgres://flag/db", "--database")
    assert not settings.embedded


ODD = "p@:/?#% \"'+&=\\ü]["
PARTS = {
    "all": ({"DB_HOST": "h", "DB_PORT": "6432", "DB_NAME": ODD, "DB_USER": ODD}, {"host": "h", "port": "6432"}),
    "the server alone": ({"DB_HOST": "h"}, {"host": "h", "port": "5432"}),
    "IPv6": ({"DB_HOST": "fe80::1%eth0", "DB_USER": "ann"}, {"host": "fe80::1%eth0", "port": "5432"}),
    "IPv6 in brackets": ({"DB_HOST": "[::1]"}, {"host": "::1", "port": "5432"}),
    "two hosts": ({"DB_HOST": "h1,h2", "DB_PORT": "6432"}, {"host": "h1,h2", "port": "6432,6432"}),
    "a socket": ({"DB_HOST": "/run/my pg", "DB_NAME": "shop"}, {"host": "/run/my pg", "port": "5432"}),
    "Cloud SQL": ({"DB_CONNECTION_NAME": "p:eu-1:i", "DB_USER": "ann"}, {"host": "/cloudsql/p:eu-1:i", "port": "5432"}),
    "Cloud SQL before a host": ({"DB_CONNECTION_NAME": "i", "DB_HOST": "h"}, {"host": "/cloudsql/i", "port": "5432"}),
}


@pytest.mark.parametrize("password", ["", ODD, "%41", "a b"])
@pytest.mark.parametrize(("variables", "place"), PARTS.values(), ids=PARTS)
def test_the_parts_of_a_url_arrive_as_they_are(
    folder: Folder, variables: dict[str, str], place: dict[str, str], password: str
) -> None:
    settings = folder.load(variables | {"DB_PASSWORD": password})
    named = {"dbname": "DB_NAME", "user": "DB_USER"}
    expected = place | {key: variables[name] for key, name in named.items() if name in variables}
    expected |= {"password": password} if password else {}
    assert dict(parse(settings.url).parameters) == expected
    # Programs read it with libpq, which is less forgiving.
    assert conninfo_to_dict(parse(settings.url).text) == expected


def test_the_parts_of_a_url_count_where_nothing_else_is_named(folder: Folder) -> None:
    folder.yaml("embedded: true")
    folder.dotenv("DB_HOST=dotenv\nDB_NAME=shop\n")
    assert value(folder.load(), "database") == ("postgres://dotenv:5432/shop", "DB_HOST … (.env)")
    assert not folder.load().embedded
    parts = {"DB_HOST": "environment"}
    assert value(folder.load(parts), "database") == (
        "postgres://environment:5432/shop",
        "DB_HOST … (environment, .env)",
    )
    assert folder.load({"DB_CONNECTION_NAME": "i"}).url == "postgres:///shop?host=/cloudsql/i&port=5432"
    folder.yaml("embedded: true\nurl_file: url")
    assert folder.load(parts).values["database"].source == "url_file url"
    folder.dotenv(f"DATABASE_URL={ROOT_URL}\n")
    assert folder.load(parts).url == ROOT_URL
    assert folder.load(parts, database="postgres://flag/db").url == "postgres://flag/db"


def test_an_environment_with_a_variable_of_its_own_takes_no_parts(folder: Folder) -> None:
    folder.yaml("url_variable: SHOP_URL", "shop")
    folder.dotenv("DB_HOST=development\n")
    settings = folder.load({"DB_HOST": "development", "DB_PORT": "none"}, env="shop")
    assert (settings.url, settings.names_database) == ("", False)
    assert "DB_HOST" not in settings.missing_url().hint
    assert "DB_HOST" in folder.load({"DB_HOST": ""}, env="development").missing_url().hint


def test_parts_without_a_server_are_no_database(folder: Folder) -> None:
    folder.yaml("embedded: true")
    assert folder.load({"DB_NAME": "shop", "DB_PORT": "tcp://10.0.0.1:5432", "DB_PASSWORD": CANARY}).embedded


def test_a_part_that_makes_no_sense_is_told_with_its_name(folder: Folder) -> None:
    folder.dotenv(f"DB_PORT=tcp://{CANARY}\n")
    problem = folder.problem({"DB_HOST": "h"})
    assert problem.where == "DB_PORT (.env)"
    assert CANARY not in f"{problem} {problem.hint}"
    assert folder.problem({"DB_HOST": "h", "DB_PORT": "1", "DB_PASSWORD": "p\udcff"}).where == "DB_PASSWORD"
    problem = folder.problem({"DB_HOST": f"postgres://ann:{CANARY}@h/shop", "DB_PORT": "1"})
    assert (problem.where, problem.what) == ("DB_HOST (environment)", "is a URL, not a server's name")
    assert CANARY not in f"{problem} {problem.hint}"


def test_the_environment_is_picked_in_the_same_order(folder: Folder) -> None:
    for name in ("one", "two", "three"):
        folder.yaml("", name)
    assert folder.load().environment == "development"
    folder.dotenv("MIGRATEKIT_ENV=one\n")
    assert folder.load().environment == "one"
    assert folder.load({"MIGRATEKIT_ENV": "two"}).environment == "two"
    assert folder.load({"MIGRATEKIT_ENV": "two"}, env="three").environment == "three"


def test_the_embedded_server_serves_where_no_url_is_given(folder: Folder) -> None:
    folder.yaml("embedded: true")
    assert folder.load().embedded
    assert value(folder.load(), "database") == ("", "embedded server")
    assert not folder.load({"DATABASE_URL": ROOT_URL}).embedded


def test_an_environment_names_the_variable_of_its_url(folder: Folder) -> None:
    folder.yaml("url_variable: SHOP_URL", "shop")
    settings = folder.load({"SHOP_URL": ROOT_URL, "DATABASE_URL": "postgres://other/db"}, env="shop")
    assert settings.url == ROOT_URL
    missing = folder.load({"DATABASE_URL": "postgres://other/db"}, env="shop")
    assert (missing.url, missing.embedded) == ("", False)
    assert "environment shop" in missing.missing_url().what
    assert "SHOP_URL" in missing.missing_url().hint


def test_an_empty_variable_counts_as_none(folder: Folder) -> None:
    folder.yaml("table: from_yaml")
    folder.dotenv("MIGRATEKIT_TABLE=\nDATABASE_URL=\n")
    settings = folder.load({"MIGRATEKIT_TABLE": "", "DATABASE_URL": ""})
    assert settings.table == (None, "from_yaml")
    assert settings.url == ""


def test_dotenv_is_data(folder: Folder) -> None:
    folder.dotenv("# a comment\nexport MIGRATEKIT_TABLE='a $HOME `id` $(id)'\nDATABASE_URL=postgres://h/${USER}\n")
    settings = folder.load({"USER": "ann", "HOME": "/"})
    assert settings.table == (None, "a $HOME `id` $(id)")
    assert settings.url == "postgres://h/${USER}"


def test_the_project_is_the_nearest_folder_upwards_with_environments(folder: Folder) -> None:
    below = folder.path / "a" / "b"
    below.mkdir(parents=True)
    settings = load({}, {}, below)
    assert settings.project == folder.path
    assert settings.folder == folder.path / "migrations"


def test_a_path_given_on_the_command_line_counts_from_where_we_stand(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    below = folder.path / "a"
    below.mkdir()
    monkeypatch.chdir(below)
    assert load({"path": "sql"}, {}, below).folder == below / "sql"
    assert load({}, {"MIGRATEKIT_MIGRATIONS": "sql"}, below).folder == folder.path / "sql"


def test_without_environments_there_are_only_defaults(tmp_path: Path) -> None:
    settings = load({}, {"DATABASE_URL": ROOT_URL}, tmp_path)
    assert (settings.project, settings.environment, settings.url) == (tmp_path, "development", ROOT_URL)
    assert settings.allows("drop")


def test_the_table_may_have_a_schema(folder: Folder) -> None:
    assert folder.load().table == (None, "schema_migrations")
    assert folder.load(table="ops.versions").table == ("ops", "versions")


def test_verbs_and_confirmations_are_lists(folder: Folder) -> None:
    folder.yaml("verbs: [up, status]\nconfirm: [up]")
    settings = folder.load()
    assert [verb for verb in ("up", "status", "drop") if settings.allows(verb)] == ["up", "status"]
    assert [verb for verb in ("up", "status", "drop") if settings.confirms(verb)] == ["up"]
    folder.yaml("verbs: all\nconfirm: []")
    assert folder.load().allows("drop")
    assert not folder.load().confirms("drop")
    folder.yaml("verbs: []")
    assert not folder.load().allows("status")


DURATIONS = {"0": 0.0, 0: 0.0, "500ms": 0.5, "5s": 5.0, "1.5s": 1.5, "2m": 120.0, "2min": 120.0, "1h": 3600.0}


@pytest.mark.parametrize(("text", "seconds"), DURATIONS.items())
def test_durations_have_units(text: object, seconds: float) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["", "5", 5, 1.5, "-1s", "5 parsecs", "s", "1s2s", "5S", True, None, "nan s", "infs"])
def test_what_has_no_unit_is_no_duration(text: object) -> None:
    with pytest.raises(ValueError, match="unit"):
        duration(text)


WRONG = {
    "migrations": ["5", "''", "[a]", '"a\\0b"'],
    "table": ["5", "''", "true"],
    "lock_wait": ["5", "soon", "true", "[5s]", "-5s"],
    "lock_timeout": ["1.5", "5 parsecs"],
    "statement_timeout": ["{a: b}"],
    "postgres": ["[18]"],
    "embedded": ["1", "'true'", "maybe"],
    "verbs": ["up", "[1]", "{up: true}"],
    "confirm": ["up", "[true]"],
    "rules": ["", "off", "[gap]", "{gap: no way}", "{gap: true}", "{gap: }", "{1: off}"],
    "url_variable": ["''", "[A]"],
    "url_file": ["5"],
    "url_command": ["pass show url", "[]", "[pass, 1]"],
}


@pytest.mark.parametrize(("key", "text"), [(key, text) for key, texts in WRONG.items() for text in texts])
def test_a_wrong_value_is_refused_with_its_place(folder: Folder, key: str, text: str) -> None:
    folder.yaml(f"{key}: {text}")
    problem = folder.problem()
    assert problem.what.startswith("environments/development.yaml: ")
    assert key in problem.what


def test_all_problems_are_told_together(folder: Folder) -> None:
    folder.yaml("tabel: x\nembedded: 1\nlock_wait: soon\nverbs: all\n7: x")
    problem = folder.problem({"MIGRATEKIT_STATEMENT_TIMEOUT": "long"}, lock_timeout="never")
    assert problem.what.startswith("6 problems")
    assert "unknown key 'tabel', did you mean 'table'?" in problem.what
    assert "unknown key 7" in problem.what
    for part in ("embedded", "lock_wait", "MIGRATEKIT_STATEMENT_TIMEOUT (environment)", "--lock-timeout"):
        assert part in problem.what
    assert problem.hint


def test_the_strongest_place_is_checked_alone(folder: Folder) -> None:
    folder.yaml("lock_wait: soon")
    assert folder.load(lock_wait="5s").seconds("lock_wait") == 5.0


BROKEN = {
    "a tab": ("verbs:\n\t- up", "environments/development.yaml:2:1"),
    "an unclosed list": ("verbs: [up", "environments/development.yaml:1:11"),
    "two keys in one line": ("a: b: c", "environments/development.yaml:1:5"),
    "a control character": ("table: \x01", "environments/development.yaml"),
    "a list": ("- up", "environments/development.yaml"),
    "a text": ("up", "environments/development.yaml"),
    "a Python object": ("table: !!python/object/apply:os.system [id]", "environments/development.yaml:1:8"),
}


@pytest.mark.parametrize(("text", "where"), BROKEN.values(), ids=BROKEN)
def test_broken_yaml_is_refused_with_its_place(folder: Folder, text: str, where: str) -> None:
    folder.yaml(text)
    problem = folder.problem()
    assert problem.where == where
    assert problem.hint


def test_yaml_that_is_not_utf8_is_refused(folder: Folder) -> None:
    (folder.path / "environments" / "development.yaml").write_bytes(b"table: f\xfcr")
    assert folder.problem().where == "environments/development.yaml"


def test_a_key_given_twice_is_refused(folder: Folder) -> None:
    folder.yaml("table: a\ntable: b")
    assert "table" in str(folder.problem())


@pytest.mark.parametrize("name", ["stagin", "../environments/development", "a/b", "", "dev elopment", "x\ny"])
def test_an_environment_that_does_not_exist_is_refused(folder: Folder, name: str) -> None:
    folder.yaml("", "staging")
    if not name:
        (folder.path / "environments" / "development.yaml").unlink()
    problem = folder.problem(env=name)
    assert "there is no environment" in problem.what
    assert "staging" in problem.hint


def test_url_command_gives_the_url(folder: Folder) -> None:
    folder.yaml(f"url_command: [{sys.executable}, -c, \"print('postgres://ann:$(id)@h/db')\"]")
    settings = folder.load()
    assert settings.url == "postgres://ann:$(id)@h/db"
    assert settings.values["database"].source == f"url_command {sys.executable}"


@pytest.mark.parametrize("rule", ["url_command: ['true']", "url_file: empty"])
def test_a_url_that_is_empty_is_no_reason_to_take_the_embedded_server(folder: Folder, rule: str) -> None:
    (folder.path / "empty").write_text("")
    folder.yaml(f"{rule}\nembedded: true")
    assert not folder.load().embedded
    assert "no database URL" in str(folder.problem())


@pytest.mark.parametrize(
    "command",
    [
        f"[{sys.executable}, -c, \"import sys; print('{CANARY}'); sys.exit('{CANARY}')\"]",
        f"[no-such-program, {CANARY}]",
    ],
    ids=["it fails", "it is not there"],
)
def test_a_url_command_that_fails_is_named_without_what_it_said(folder: Folder, command: str) -> None:
    folder.yaml(f"url_command: {command}")
    problem = folder.problem()
    assert "url_command failed" in problem.what
    assert CANARY not in f"{problem} {problem.hint}"


@pytest.mark.parametrize("content", [None, b"\xff\xfe"], ids=["not there", "not UTF-8"])
def test_a_url_file_that_cannot_be_read_is_named(folder: Folder, content: bytes | None) -> None:
    if content is not None:
        (folder.path / "secret").write_bytes(content)
    folder.yaml("url_file: secret")
    assert folder.problem().where == str(folder.path / "secret")


def test_a_url_file_may_lie_in_the_home_folder(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    home = folder.path / "home"
    home.mkdir()
    (home / "url").write_text(f"\n{ROOT_URL}\n\n")
    monkeypatch.setenv("HOME", str(home))
    folder.yaml("url_file: ~/url")
    assert folder.load().url == ROOT_URL


def test_rules_are_given_policies(folder: Folder) -> None:
    assert folder.load().policies == {}
    folder.yaml("rules: {gap: off, header: error, pair: warn, width: 'off'}")
    assert folder.load().policies == {"gap": "off", "header": "error", "pair": "warn", "width": "off"}


def test_a_rule_that_does_not_exist_is_refused_with_what_may_be_meant(folder: Folder) -> None:
    folder.yaml("rules: {gpa: off, pair: off, 'no such': warn}")
    with pytest.raises(UsageError) as raised:
        load({}, {}, folder.path, rules=("gap", "pair"))
    assert "environments/development.yaml: rules names 'gpa', which is no rule, did you mean 'gap'?" in str(
        raised.value
    )
    assert "'no such', which is no rule" in str(raised.value)
    assert "'pair'" not in str(raised.value)


@pytest.mark.parametrize("text", ["embedded: true", "url_file: url", "url_command: [cat, url]"])
def test_whether_there_is_a_database_is_known_without_asking_for_it(folder: Folder, text: str) -> None:
    assert not folder.load().names_database
    assert folder.load({"DATABASE_URL": ROOT_URL}).names_database
    folder.yaml(text)
    assert folder.load().names_database


def test_no_repr_shows_the_url(folder: Folder) -> None:
    settings = folder.load({"DATABASE_URL": f"postgres://ann:{CANARY}@h/db"})
    assert CANARY not in repr(settings)
