"""What golang-migrate was seen to do, scenario by scenario, where the recording is at hand."""

import json
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

import zygote
from migratekit.server import Server
from support import BIN, CLEAN, ROOT

RUNNER = ROOT.parent / "shared" / "conformance" / "run.py"
SCENARIOS = RUNNER.parent / "scenarios"


@pytest.fixture(scope="module")
def open_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """Starts a server that lets any role in over TCP, as the scenarios need it; gives its URL."""
    folder = tmp_path_factory.mktemp("open")
    started: list[Server] = []
    # The server's user cannot look into pytest's folders.
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as rules:
        rules.write("local all all trust\nhost all all 127.0.0.1/32 trust\n")
        rules.flush()
        Path(rules.name).chmod(0o644)
        yield lambda major: _start(folder / major, major, rules.name, started)
        for server in started:
            server.remove()


def _start(project: Path, major: str, rules: str, started: list[Server]) -> str:
    project.mkdir()
    server = Server(project, wanted=major, settings={"fsync": "off", "max_connections": "120", "hba_file": rules})
    started.append(server)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server.start(port=port)
    return f"postgres://postgres@127.0.0.1:{port}/postgres?sslmode=disable"


needs_recording = pytest.mark.skipif(not RUNNER.exists(), reason="the recorded scenarios are not part of the project")


@needs_recording
def test_migrate_does_what_golang_migrate_was_seen_to_do(open_server: Callable[[str], str], tmp_path: Path) -> None:
    signalled, others = sorted_out(tmp_path)
    url = open_server("15")
    # Whom a signal reaches depends on how a command is started.
    assert play(BIN, url, signalled) + play(zygote.launchers(CLEAN), url, others) > 200


@pytest.mark.long
@needs_recording
@pytest.mark.parametrize("major", ["15", "18"])
def test_the_same_with_the_command_as_it_is_installed(major: str, open_server: Callable[[str], str]) -> None:
    assert play(BIN, open_server(major), SCENARIOS) > 200


def sorted_out(folder: Path) -> tuple[Path, Path]:
    """The scenarios in which a signal is sent, and the others."""
    kinds = folder / "signalled", folder / "others"
    for kind in kinds:
        kind.mkdir()
    for path in SCENARIOS.glob("*.yaml"):
        found = yaml.load(path.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        for kind, sent in zip(kinds, (True, False), strict=True):
            chosen = [each for each in found if ("'signal':" in str(each)) == sent]
            (kind / path.name).write_text(json.dumps(chosen))
    return kinds


def play(commands: Path, url: str, scenarios: Path) -> int:
    """Has `migrate` of a folder play the scenarios; how many passed, if none failed."""
    argv = [sys.executable, str(RUNNER), "--tool", str(commands / "migrate"), "--database", url, "--jobs", "3"]
    argv += ["--scenarios", str(scenarios)]
    done = subprocess.run(argv, env=CLEAN, capture_output=True, text=True, timeout=900, check=False)
    closing = re.search(r"(\d+) passed, (\d+) failed", done.stdout)
    assert closing is not None, done.stdout + done.stderr
    assert [line for line in done.stdout.splitlines() if line.startswith("FAIL")] == []
    return int(closing[1])
