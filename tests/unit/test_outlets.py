"""How events are delivered, and how figures are kept in a file; without a database."""

import io
import os
import time
from pathlib import Path

import pytest

from migratekit.backup import Backup, manifest
from migratekit.console import Console
from migratekit.errors import Interrupted, UsageError
from migratekit.outlets import metrics, webhooks
from migratekit.outlets._delivery import Delivery
from migratekit.outlets._event import Call, Event
from migratekit.outlets.dispatch import Outlets
from migratekit.settings import Settings, load
from receiver import receiving

TOKEN = "T0C4naryToken77"  # a part of a URL, as chats give them out


def settings_of(folder: Path, yaml: str, **variables: str) -> Settings:
    (folder / "environments").mkdir(exist_ok=True)
    (folder / "environments" / "development.yaml").write_text(yaml)
    return load({}, variables, folder)


def delivered(url: str, *bodies: bytes) -> Delivery:
    """What became of these."""
    delivery = Delivery(url)
    for body in bodies:
        delivery.send(body)
    delivery.close()
    delivery.join(time.monotonic() + 30)
    return delivery


def hear(folder: Path, yaml: str, *events: Event, **variables: str) -> str:
    """Tells the webhooks; what the console printed of that."""
    out, err = io.StringIO(), io.StringIO()
    found = webhooks.outlet(Call(settings_of(folder, yaml, **variables), Console(out, err)))
    assert found is not None
    for event in events:
        found.take(event)
    found.close()
    return out.getvalue() + err.getvalue()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def test_what_is_refused_for_a_moment_is_sent_again() -> None:
    with receiving(503, 200) as receiver:
        assert delivered(receiver.url(), b'{"event": "done"}').taken == 1
    assert receiver.events == ["done"]


@pytest.mark.parametrize("answer", [404, 302])
def test_what_is_refused_for_good_is_not_sent_again(answer: int) -> None:
    with receiving(answer) as receiver:
        delivery = delivered(receiver.url("/hook"), b"{}")
    assert (delivery.taken, delivery.why, receiver.paths) == (0, f"answer {answer}", ["/hook"])


def test_more_than_can_wait_is_dropped_and_counted() -> None:
    with receiving() as receiver:
        receiver.awake.clear()
        delivery = Delivery(receiver.url())
        for _ in range(150):
            delivery.send(b'{"event": "done"}')
        receiver.awake.set()
        delivery.close()
        delivery.join(time.monotonic() + 30)
    assert (delivery.given, delivery.why) == (150, "too many at once")
    assert 100 <= delivery.taken == len(receiver.got) <= 101


def test_each_endpoint_hears_what_it_asked_for_once(tmp_path: Path) -> None:
    yaml = "webhooks: [{url_variable: ALL}, {url_variable: BAD, events: [failed], format: slack}]"
    again = Event("blocked", "002_b waits", {"version": 2, "verb": "up"}, "warning")
    bad = Event("failed", "a < b & c", {"verb": "up"}, "error", "12345678-9")
    with receiving() as receiver, receiving() as chat:
        said = hear(tmp_path, yaml, again, again, Event("waiting", "…"), bad, ALL=receiver.url(), BAD=chat.url())
    assert (receiver.events, said) == (["blocked", "failed"], "")
    assert (
        receiver.got[1].items() >= {"environment": "development", "run": "12345678-9", "message": "a < b & c"}.items()
    )
    (shown,) = chat.got
    assert shown["text"].startswith(":red_circle: [development] failed: a &lt; b &amp; c\nrun 12345678 on ")


@pytest.mark.parametrize("signal", [KeyboardInterrupt(), Interrupted("terminated")])
def test_a_signal_ends_the_wait_and_changes_no_outcome(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signal: BaseException
) -> None:
    def join(*_arguments: object) -> None:
        raise signal

    monkeypatch.setattr(Delivery, "join", join)
    err = io.StringIO()
    settings = settings_of(tmp_path, "webhooks: [{url_variable: HOOK}]", HOOK="http://127.0.0.1:1/")
    outlets = Outlets(settings, Console(io.StringIO(), err))
    outlets.tell("integrity-violation", "orders without a customer")
    outlets.close()
    assert err.getvalue() == ""


@pytest.mark.parametrize("url", ["", "file:///etc/passwd", "https://", f"http://h/{TOKEN} x", f"ftp://h/{TOKEN}"])
def test_a_url_that_is_none_is_a_warning_without_the_url(tmp_path: Path, url: str) -> None:
    said = hear(tmp_path, "webhooks: [{url_variable: HOOK}]", Event("done", ""), HOOK=url)
    assert said.startswith("warning: webhook HOOK: ")
    assert TOKEN not in said


def test_the_url_of_a_webhook_is_printed_nowhere(tmp_path: Path) -> None:
    yaml = "webhooks: [{url_file: hook.url}]"
    (tmp_path / "hook.url").write_text(f"http://127.0.0.1:1/services/{TOKEN}?key=k3yk3yk3y\n")
    console = Console(io.StringIO(), io.StringIO())
    call = Call(settings_of(tmp_path, yaml), console)
    assert webhooks.outlet(call)
    assert console.clean(f"/services/{TOKEN} k3yk3yk3y services") == "/services/*** *** services"
    assert TOKEN not in repr(call.settings)


def test_a_secret_is_sent_nowhere(tmp_path: Path) -> None:
    yaml = "webhooks: [{url_variable: A}, {url_variable: B, format: slack}]"
    bad = Event("failed", f"PASSWORD '{TOKEN}', {TOKEN}", {"sessions": [], "where": f"{TOKEN}.sql"}, "error")
    with receiving() as receiver:
        hear(tmp_path, yaml, bad, A=receiver.url(f"/{TOKEN}"), B=receiver.url(f"/{TOKEN}"))
    assert (len(receiver.got), TOKEN in str(receiver.got), str(receiver.got).count("***")) == (2, False, 5)


@pytest.mark.parametrize(
    ("yaml", "problem"),
    [
        ("webhooks: [{url: 'https://h/x'}]", "(entry 1) has no url"),
        ("webhooks: [{format: slack}]", "url_variable or url_file"),
        ("webhooks: {url_variable: A}", "must be a list"),
        ("webhooks: [{url_variable: A, events: [dnoe]}]", "events must be a list of some of started"),
        ("log_format: xml", "text, json"),
    ],
)
def test_what_is_wrong_with_the_settings_is_said(tmp_path: Path, yaml: str, problem: str) -> None:
    with pytest.raises(UsageError, match=r"environments/development\.yaml") as raised:
        settings_of(tmp_path, yaml)
    assert problem in raised.value.what


def test_counters_survive_and_other_environments_stay(tmp_path: Path) -> None:
    mine = settings_of(tmp_path, "metrics: all.prom")
    (tmp_path / "all.prom").write_text(
        "# TYPE migratekit_errors_total counter\n"
        'migratekit_errors_total{environment="development"} 3\nmigratekit_errors_total{environment="b"} 7\nodd 1\n'
    )
    outlet = metrics.outlet(Call(mine, Console(io.StringIO(), io.StringIO())))
    assert outlet is not None
    former = os.umask(0o077)
    try:
        outlet.take(Event("failed", "", {"seconds": 2.5, "verb": "up"}, run="r"))
    finally:
        os.umask(former)
    text = (tmp_path / "all.prom").read_text()
    assert 'migratekit_errors_total{environment="development"} 4.0\n' in text
    assert 'migratekit_errors_total{environment="b"} 7.0\n' in text
    assert "odd" not in text
    assert (tmp_path / "all.prom").stat().st_mode & 0o777 == 0o644
    assert sorted(path.name for path in tmp_path.iterdir()) == ["all.prom", "environments"]


def test_the_newest_backup_of_the_environment_is_told_of(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, "metrics: .")
    for day, environment, size in ((1, "development", 10), (2, "development", 20), (3, "production", 30)):
        folder = tmp_path / "backups" / f"{environment}-{day}"
        folder.mkdir(parents=True)
        at = f"2026-03-0{day}T00:00:00+00:00"
        backup = Backup(
            folder,
            environment,
            database="app",
            system="",
            server_version=180000,
            tool="pg_dump 18.0",
            started_at=at,
            ended_at=at,
            version=1,
            dirty=False,
            scope="database",
            tables=(),
            format="custom",
            files=(manifest.DumpFile("dump", size, ""),),
            rows={},
            exact=False,
            sequences={},
            roles=(),
            extensions=(),
            properties=dict.fromkeys(manifest._PROPERTIES, ""),
        )
        manifest.write(backup, folder)
    metrics.refresh(settings, 1, 0, dirty=False)
    text = (tmp_path / "migratekit-development.prom").read_text()
    assert 'migratekit_backup_size_bytes{environment="development"} 20.0\n' in text
    assert 'migratekit_backup_timestamp_seconds{environment="development"} 1.7724096e+09\n' in text


def test_a_file_that_makes_no_sense_is_begun_anew(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, "metrics: .")
    file = tmp_path / "migratekit-development.prom"
    file.write_bytes(b"migratekit_errors_total{ \xff")
    metrics.refresh(settings, None, 2, dirty=True)
    assert 'migratekit_schema_dirty{environment="development"} 1.0' in file.read_text()
