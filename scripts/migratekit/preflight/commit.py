"""Is the release the commit that was asked for, and is every migration file in it?"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from ._figures import count, some
from ._view import Result, View, fail, ok, warn

_SECONDS = 60
_SHORT = 12
# They would lead git to another repository, as they do within its hooks.
_REDIRECTS = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_PREFIX")
# What `.gitignore` names is no migration unless it looks like one, or is a program that one may call.
_MIGRATION = (".sql", ".py", ".sh")


class _GitFailed(Exception):
    """What git says."""


def check(view: View) -> Iterator[Result]:
    """A failure for another commit, and for migration files that are not in it; without `--commit` a warning."""
    project, wanted = view.settings.project, view.release.commit
    try:
        head = _git(project, "rev-parse", "--verify", "HEAD").strip()
    except _GitFailed as error:
        yield _without_git(str(error), wanted)
        return
    if wanted:
        yield _compare(project, head, wanted)
    yield from _folder(view, head)


def _without_git(said: str, wanted: str) -> Result:
    if "dubious ownership" in said:
        hint = (
            "the repository is another user's: run it as that one, or `git config --global --add safe.directory PATH`"
        )
        return (fail if wanted else warn)(said, hint, limit=wanted)
    if wanted:
        return fail(said, "run it in the repository, where the commit can be compared", limit=wanted)
    if "not a git repository" in said:
        return ok("not a git repository")
    return warn(said, "so nobody can say which commit this release is")


def _compare(project: Path, head: str, wanted: str) -> Result:
    try:
        commit = _git(project, "rev-parse", "--verify", "--end-of-options", f"{wanted}^{{commit}}").strip()
    except _GitFailed:
        hint = "`git fetch --tags`; of a short SHA give more letters"
        return fail(f"HEAD is {head[:_SHORT]}; nothing here is called so", hint, limit=wanted)
    if commit != head:
        hint = f"git checkout --detach {commit[:_SHORT]}, or give the commit that is meant"
        return fail(f"HEAD is {head[:_SHORT]}, not {commit[:_SHORT]}", hint, limit=wanted)
    return ok(f"HEAD is {head[:_SHORT]}", limit=wanted)


def _folder(view: View, head: str) -> Iterator[Result]:
    folder = view.settings.folder
    worse = fail if view.release.commit else warn
    try:
        strange = _uncommitted(view.settings.project, folder.resolve())
    except _GitFailed as error:
        yield worse(str(error), "keep the migrations in the repository", subject=folder.name)
        return
    if strange:
        figure = f"{count(len(strange), 'file')} not as committed: {some(strange, 5)}"
        yield worse(
            figure,
            "commit them, or take them away: `git status --ignored` shows them",
            subject=folder.name,
            limit=head[:_SHORT],
        )
    else:
        yield ok(f"as committed in {head[:_SHORT]}", subject=folder.name)


def _uncommitted(project: Path, folder: Path) -> list[str]:
    """The files that are changed, new, or ignored and yet there, each with git's two letters."""
    options = ("--porcelain=v1", "-z", "--untracked-files=all", "--ignored=matching", "--no-renames")
    listed = _git(project, "--literal-pathspecs", "status", *options, "--", str(folder)).split("\0")
    entries = [(line[:2].strip(), line[3:]) for line in listed if line]
    return [f"{letters} {name}" for letters, name in entries if letters != "!!" or name.endswith(_MIGRATION)]


def _git(project: Path, *words: str) -> str:
    # Without the locks nothing is written, not even the index.
    kept = {name: value for name, value in os.environ.items() if name not in _REDIRECTS}
    environment = kept | {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}
    try:
        done = subprocess.run(
            ["git", *words],
            cwd=project,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        reason = getattr(error, "strerror", None) or f"no answer within {_SECONDS} s"
        raise _GitFailed(f"git cannot be asked: {reason}") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        raise _GitFailed(said.removeprefix("fatal: ") or f"git: exit code {done.returncode}")
    return done.stdout.decode("utf-8", "surrogateescape")
