"""Files changed together: all of it, or nothing."""

import json
import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from migratekit.errors import MigratekitError
from migratekit.file_changes import NOTE, FileChanges, alone_in


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mode & 0o777) for path in files}


def changes(folder: Path) -> FileChanges:
    """One of each kind."""
    made = FileChanges()
    made.make_folder(folder / "aside")
    made.rename(folder / "a", folder / "aside" / "a")
    made.rewrite(folder / "b", b"other")
    made.remove(folder / "c")
    made.write(folder / "d", b"new")
    made.rename(folder / "deep", folder / "deeper")
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a", "b", "c"):
        (tmp_path / name).write_text(name)
    (tmp_path / "b").chmod(0o750)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "e").write_text("e")
    return tmp_path


def test_all_of_it_is_done(folder: Path) -> None:
    changes(folder).apply(folder)
    assert {name: text for name, (text, _) in contents(folder).items()} == {
        "aside/a": b"a",
        "b": b"other",
        "d": b"new",
        "deeper/e": b"e",
    }
    assert contents(folder)["b"][1] == 0o750


@pytest.mark.parametrize(("old", "last"), [("deeper", "taken"), ("deeper", "nowhere/x"), ("gone", "x")])
def test_what_fails_at_last_leaves_all_as_it_was(folder: Path, old: str, last: str) -> None:
    (folder / "taken").write_text("")
    before = contents(folder)
    failing = changes(folder)
    failing.rename(folder / old, folder / last)
    with pytest.raises(MigratekitError, match="nothing was"):
        failing.apply(folder)
    assert contents(folder) == before
    assert not (folder / "aside").exists()


def test_what_is_rewritten_in_a_folder_that_moves_leaves_nothing_behind(folder: Path) -> None:
    moving = FileChanges()
    moving.rewrite(folder / "deep" / "e", b"E")
    moving.rename(folder / "deep", folder / "deeper")
    moving.apply(folder)
    assert [path.name for path in (folder / "deeper").iterdir()] == ["e"]


def test_a_link_is_not_made_a_file(folder: Path) -> None:
    (folder / "link").symlink_to(folder / "a")
    with pytest.raises(MigratekitError, match="is a link"):
        FileChanges().rewrite(folder / "link", b"")


def killed(folder: Path, step: int, called: Path | None = None) -> bool:
    """Changes the folder in a process of its own that is killed in front of a step; False if there are not so many."""
    child = os.fork()
    if child == 0:
        left = [step]

        def count(event: str, details: tuple[object, ...]) -> None:
            writes = event == "open" and isinstance(details[2], int) and details[2] & os.O_CREAT
            if writes or event in ("os.rename", "os.remove", "os.mkdir"):
                left[0] -= 1
                if left[0] < 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(count)
        with alone_in(folder):
            changes(called or folder).apply(folder)
        os._exit(0)
    return os.waitpid(child, 0)[1] != 0


def test_what_a_kill_left_is_put_right_by_the_next(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    copy, told = tmp_path_factory.mktemp("copies") / "copy", list[str]()
    shutil.copytree(folder, copy)
    before = contents(copy)
    changes(copy).apply(copy)
    after = contents(copy)
    found, step = [], 0
    while True:
        shutil.rmtree(copy)
        shutil.copytree(folder, copy)
        if not killed(copy, step):
            break
        with alone_in(copy, told.append):
            found.append(contents(copy))
        step += 1
    assert found == [before] * found.count(before) + [after] * found.count(after)
    assert (found.count(before) > 10, found.count(after)) == (True, 3)
    assert len(told) == len(found) - 3


def test_what_was_written_since_a_kill_stays(folder: Path) -> None:
    step = 0
    while not (folder / "d").exists():
        killed(folder, step)
        step += 1
    (folder / "d").write_text("mine")
    told = list[str]()
    with alone_in(folder, told.append):
        assert (folder / "d").read_text() == "mine"
    assert told[-1] == "d was changed since, and stays"


@pytest.mark.parametrize(
    ("phase", "which", "names"),
    [
        ("writing", "texts", {"../theirs/.x.0123abcd": ""}),
        ("writing", "texts", {"link/.x.0123abcd": ""}),
        ("writing", "texts", {"a": ""}),
        ("writing", "made", ["../theirs/empty"]),
        ("clearing", "aside", ["{top}/theirs/.x.0123abcd"]),
        ("moving", "moves", [["a", "b"], ["../theirs/.x.0123abcd", "c"]]),
        ("moving", "moves", [["got", "link/.x.0123abcd"]]),
        ("moving", "moves", [["got", "."]]),
        ("moving", "moves", 1),
    ],
)
def test_a_note_touches_nothing_outside_of_the_folder(tmp_path: Path, phase: str, which: str, names: object) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.mkdir()
    (theirs / "empty").mkdir(parents=True)
    (theirs / ".x.0123abcd").write_text("x")
    (ours / "link").symlink_to(theirs)
    (ours / "a").write_text("a")
    note = {"phase": phase, "texts": {}, "moves": [], "aside": [], "made": []} | {which: names}
    (ours / NOTE).write_text(json.dumps(note).replace("{top}", str(tmp_path)))
    before = contents(tmp_path)
    with pytest.raises(MigratekitError, match="cannot be put right"), alone_in(ours):
        pass
    assert contents(tmp_path) == before
    assert (theirs / "empty").is_dir()


def test_a_link_in_the_place_of_the_note_is_not_followed(folder: Path) -> None:
    (folder / f"{NOTE}.new").symlink_to(folder / "elsewhere")
    changes(folder).apply(folder)
    assert not (folder / "elsewhere").exists()


def test_a_signal_in_the_middle_leaves_all_as_it_was(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, renamed, number = contents(folder), Path.rename, [0]

    def interrupted(old: Path, new: Path) -> Path:
        done = renamed(old, new)
        number[0] += 1
        if number[0] == 3:
            raise KeyboardInterrupt
        return done

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        changes(folder).apply(folder)
    assert contents(folder) == before


def test_a_folder_behind_a_link_is_put_right_too(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    link = tmp_path_factory.mktemp("far") / "deep" / "link"
    link.parent.mkdir()
    link.symlink_to(folder)
    before, step = contents(folder), 0
    while True:
        # Programs are called by where they really are.
        killed(link, step, folder)
        if (folder / "deeper").exists():
            break
        with alone_in(link):
            assert contents(folder) == before
        step += 1
    with alone_in(link):
        assert contents(folder) == before
