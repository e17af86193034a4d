"""Text made from Jinja templates: the user's own in front of ours."""

import subprocess
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import quoting
from .errors import SourceError

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

_HERE = Path(__file__).resolve().parent
_FILTERS: dict[str, Callable[..., str]] = {
    "ident": quoting.ident,
    "literal": quoting.literal,
    "message": quoting.message,
    "line": quoting.line,
    "comment": quoting.comment,
    "dollar": quoting.dollar,
    "qualified": quoting.qualified,
    "regclass": quoting.regclass,
    "schema": quoting.schema,
    "namespace": quoting.namespace,
    "regprocedure": quoting.regprocedure,
    "regtype": quoting.regtype,
}
# What a template or an expression of somebody else can raise while it is worked out.
_FAULTS = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError)


class Templates:
    """The templates that a project can use; a file of its own goes before ours of the same name."""

    def __init__(
        self, project: Path, *, html: bool = False, filters: Mapping[str, Callable[..., object]] | None = None
    ) -> None:
        # In the wheel the templates lie inside of the package, in a checkout beside scripts/.
        ours = next(folder for folder in (_HERE / "templates", _HERE.parents[1] / "templates") if folder.is_dir())
        own = project / "templates"
        self._html = html
        self._filters = _FILTERS if filters is None else filters
        self._folders = [own] if own.resolve() == ours.resolve() else [own, ours]
        self.ours = ours

    def folders(self) -> list[str]:
        """The names of the folders in it."""
        found = {path.name for root in self._folders if root.is_dir() for path in root.iterdir() if path.is_dir()}
        return sorted(found)

    def find(self, name: str) -> Path | None:
        """Where the file of that name is."""
        return next((path for root in self._folders if (path := root / name).is_file()), None)

    def is_own(self, name: str) -> bool:
        """True if the project has this file itself, in front of ours or in addition to them."""
        path = self.find(name)
        return path is not None and not path.is_relative_to(self.ours)

    def render(self, name: str, values: Mapping[str, object]) -> str:
        """The text that a template makes; SourceError says where it is wrong."""
        return str(self._guarded(name, lambda: self._environment.get_template(name).render(values)))

    def text(self, source: str, values: Mapping[str, object], *, where: str) -> str:
        """The text that a template makes which is not a file."""
        return str(self._guarded(where, lambda: self._environment.from_string(source).render(values)))

    def value(self, expression: str, values: Mapping[str, object], *, where: str) -> Any:
        """What an expression gives; None for what is not there."""

        def evaluate() -> object:
            return self._environment.compile_expression(expression, undefined_to_none=True)(**values)

        return self._guarded(where, evaluate)

    @cached_property
    def _environment(self) -> "SandboxedEnvironment":
        from jinja2 import FileSystemLoader, StrictUndefined
        from jinja2.sandbox import SandboxedEnvironment

        # SQL is quoted by the filters, not escaped.
        environment = SandboxedEnvironment(
            loader=FileSystemLoader(self._folders),
            undefined=StrictUndefined,
            keep_trailing_newline=True,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=self._html,
        )
        environment.filters.update(self._filters)
        environment.globals |= {"object_name": quoting.object_name, "singular": quoting.singular}
        return environment

    def _guarded(self, where: str, make: Callable[[], Any]) -> Any:
        from jinja2 import TemplateError, TemplateNotFound, TemplateSyntaxError

        try:
            return make()
        except (TemplateError, *_FAULTS) as error:
            if isinstance(error, TemplateSyntaxError):
                place = f"{error.name or where}:{error.lineno}"
            else:
                place = _place(error) or where
            what = f"the template cannot be used: {error}"
            if isinstance(error, TemplateNotFound):
                what = f"there is no template {error.name}"
            raise SourceError(what.splitlines()[0], where=f"templates/{place}", hint="mend it") from None


def _place(error: Exception) -> str:
    """The template and the line in which an error came up."""
    place, trace = "", error.__traceback__
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        if path.suffix == ".j2":
            place = f"{path.parent.name}/{path.name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def author(project: Path) -> str:
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
