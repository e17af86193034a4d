"""Files changed together: all of it, or nothing."""

from pathlib import Path

import pytest

from migratekit.errors import MigratekitError
from migratekit.file_changes import FileChanges


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
    changes(folder).apply()
    assert {name: text for name, (text, _) in contents(folder).items()} == {
        "aside/a": b"a",
        "b": b"other",
        "d": b"new",
        "deeper/e": b"e",
    }
    assert contents(folder)["b"][1] == 0o750


@pytest.mark.parametrize("last", ["taken", "nowhere/x"])
def test_what_fails_at_last_leaves_all_as_it_was(folder: Path, last: str) -> None:
    (folder / "taken").write_text("")
    before = contents(folder)
    failing = changes(folder)
    failing.rename(folder / "deeper", folder / last)
    with pytest.raises(MigratekitError, match="nothing was"):
        failing.apply()
    assert contents(folder) == before
    assert not (folder / "aside").exists()


def test_what_is_rewritten_in_a_folder_that_moves_leaves_nothing_behind(folder: Path) -> None:
    moving = FileChanges()
    moving.rewrite(folder / "deep" / "e", b"E")
    moving.rename(folder / "deep", folder / "deeper")
    moving.apply()
    assert [path.name for path in (folder / "deeper").iterdir()] == ["e"]


def test_a_link_is_not_made_a_file(folder: Path) -> None:
    (folder / "link").symlink_to(folder / "a")
    with pytest.raises(MigratekitError, match="is a link"):
        FileChanges().rewrite(folder / "link", b"")
