"""Text made from Jinja templates: the user's own in front of ours."""

import datetime
import subprocess
from pathlib import Path

from .errors import SourceError
from .migration import Direction

_HERE = Path(__file__).resolve().parent


def header(project: Path, way: Direction, version: str, name: str) -> str:
    """The opening comment of a new migration file."""
    from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined, TemplateError
    from jinja2.sandbox import SandboxedEnvironment

    # In the wheel the templates lie inside of the package, in a checkout beside scripts/.
    ours = next(folder for folder in (_HERE / "templates", _HERE.parents[1] / "templates") if folder.is_dir())
    loader = ChoiceLoader([FileSystemLoader(project / "templates"), FileSystemLoader(ours)])
    # What comes out is SQL, not HTML: nothing is to be escaped.
    environment = SandboxedEnvironment(
        loader=loader, undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False
    )
    template = f"header.{way}.sql.j2"
    try:
        return environment.get_template(template).render(
            version=version,
            name=name,
            description=name.replace("_", " ").capitalize(),
            author=_author(project),
            date=datetime.datetime.now().astimezone().date().isoformat(),
        )
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        where = f"templates/{template}:{line}" if line else f"templates/{template}"
        raise SourceError(f"the template cannot be used: {error.message}", where=where, hint="mend it") from None


def _author(project: Path) -> str:
    """Who git says writes here; the user's login where git does not know."""
    import getpass

    try:
        done = subprocess.run(
            ["git", "config", "user.name"], cwd=project, capture_output=True, text=True, timeout=5, check=False
        )
        name = " ".join(done.stdout.split())
    except (OSError, subprocess.SubprocessError):
        name = ""
    if name:
        return name
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
