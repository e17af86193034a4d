"""What golang-migrate was seen to do, scenario by scenario, where the recording is at hand."""

import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from migratekit.server import Server
from support import BIN, CLEAN, ROOT

RUNNER = ROOT.parent / "shared" / "conformance" / "run.py"


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


@pytest.mark.skipif(not RUNNER.exists(), reason="the recorded scenarios are not part of the project")
@pytest.mark.parametrize("major", ["15", pytest.param("18", marks=pytest.mark.long)])
def test_migrate_does_what_golang_migrate_was_seen_to_do(major: str, open_server: Callable[[str], str]) -> None:
    argv = [
        sys.executable,
        str(RUNNER),
        "--tool",
        str(BIN / "migrate"),
        "--database",
        open_server(major),
        "--jobs",
        "3",
    ]
    done = subprocess.run(argv, env=CLEAN, capture_output=True, text=True, timeout=900, check=False)
    closing = re.search(r"(\d+) passed, (\d+) failed", done.stdout)
    assert closing is not None, done.stdout + done.stderr
    assert [line for line in done.stdout.splitlines() if line.startswith("FAIL")] == []
    assert int(closing[1]) > 200
