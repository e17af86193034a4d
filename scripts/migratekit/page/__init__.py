"""The record of a release or a run as one page that needs nothing beside itself."""

from pathlib import Path
from typing import Any

from ..render import Templates
from ..reports import Report, write_private
from .story import verdict
from .units import FILTERS
from .view import view

__all__ = ["publish", "render", "verdict"]

_TEMPLATE = "_report/page.html.j2"


def render(document: dict[str, Any], project: Path) -> str:
    """The page; SourceError if a template of the project's own is wrong."""
    return Templates(project, html=True, filters=FILTERS).render(_TEMPLATE, view(document))


def publish(report: Report, project: Path) -> Path:
    """Writes the page beside the record; where it is."""
    page = report.path.with_suffix(".html")
    write_private(page, render(report.read(), project))
    return page
