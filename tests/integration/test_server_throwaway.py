"""Servers whose data nobody needs: where they are, and that nothing stays of them."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from local_server import NEWEST, ask, pid_of
from migratekit.server import Server, memory
from migratekit.server.throwaway import shelved


@pytest.mark.parametrize("room", [True, False])
def test_data_are_in_memory_where_there_is_room_and_gone_with_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: bool
) -> None:
    # A folder on disk in place of memory, which the server's user can reach: what counts is that the choice is kept to.
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        check_place(tmp_path, Path(name), monkeypatch, room=room)


def check_place(tmp_path: Path, fast: Path, monkeypatch: pytest.MonkeyPatch, *, room: bool) -> None:
    monkeypatch.setattr(memory, "FOLDER", fast)
    monkeypatch.setattr(memory, "_ROOM", 1 if room else 1 << 60)
    with shelved(tmp_path / "shelf") as folder:
        server = Server(folder, wanted=NEWEST, settings={"fsync": "off"}, throwaway=True)
        server.start()
        assert server.data.is_relative_to(fast) is room
        # Whoever looks later finds it, however much room there is by then.
        monkeypatch.setattr(memory, "_ROOM", 1 << 60 if room else 1)
        again = Server(folder, throwaway=True)
        assert (again.data, ask(again.url("postgres"))) == (server.data, 1)
    assert not server.data.parent.exists()
    assert list((tmp_path / "shelf").iterdir()) == []


def test_what_a_killed_process_left_is_removed_by_the_next(tmp_path: Path) -> None:
    shelf = tmp_path / "shelf"
    left = shelf / "1-left"
    left.mkdir(parents=True)
    server = Server(left, wanted=NEWEST, settings={"fsync": "off"}, throwaway=True)
    server.start()
    pid = pid_of(server)
    with shelved(shelf):
        assert not left.exists()
        assert not server.data.parent.exists()
        assert os.waitpid(pid, os.WNOHANG)[0] == pid, "it has ended"


def test_a_folder_of_another_user_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "FOLDER", tmp_path)
    monkeypatch.setattr(memory, "_ROOM", 1)
    memory.memory_state().mkdir()
    assert memory.has_room()
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    memory.memory_state().mkdir()
    assert not memory.has_room()
    monkeypatch.undo()
    monkeypatch.setattr(memory, "FOLDER", tmp_path)
    monkeypatch.setattr(memory, "_ROOM", 1)
    memory.memory_state().rmdir()
    memory.memory_state().symlink_to(tmp_path / "nowhere")
    assert not memory.has_room(), "a link may lead anywhere"


def test_a_removal_that_was_cut_short_is_not_in_the_way(empty_project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(empty_project, wanted=NEWEST, settings={"fsync": "off"})
    server.start()

    def cut_short(path: Path, **_: object) -> None:
        if path.exists():
            for version in path.rglob("PG_VERSION"):
                version.unlink()
            raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("shutil.rmtree", cut_short)
        server.remove()
    server.start()
    assert ask(server.url("postgres")) == 1
