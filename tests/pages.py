"""The page of a report, as a reader without a network and with an enemy among the authors of migrations sees it."""

import re
from html.parser import HTMLParser
from pathlib import Path

_VOID = {"meta", "link", "br", "hr", "img", "input"}
# What makes a browser fetch or run something.
_FETCHES = {"src", "href", "srcset", "action", "data", "poster", "background", "xlink:href"}


class Page(HTMLParser):
    """Reads a page; fails the test where it is not well-formed, or asks for anything outside of itself."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.source = path.read_text(encoding="utf-8")
        self.words: list[str] = []
        # The texts of elements by their tag and class, as in `td state good`.
        self.marked: dict[str, list[str]] = {}
        self._open: list[tuple[str, str]] = []
        assert self.source.lstrip().startswith("<!doctype html>")
        self.feed(self.source)
        self.close()
        assert self._open == []
        assert not re.search(r"@import|url\((?!#)|https?:|//\w+\.\w", re.sub(r"postgres(?:ql)?://\S+", "", self.source))

    @property
    def text(self) -> str:
        """What is to be read, each run of blanks as one."""
        return " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        given = dict(attrs)
        assert tag not in ("script", "iframe", "object", "embed", "img", "link", "base", "form"), tag
        assert not (_FETCHES & given.keys()), given
        assert not [name for name in given if name.startswith("on")], given
        kind = " ".join([tag, *(given.get("class") or "").split()])
        self.marked.setdefault(kind, []).append("")
        if tag not in _VOID:
            self._open.append((tag, kind))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element without content."""
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        assert self._open, tag
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        """A text, of all the elements around it."""
        if not any(tag == "style" for tag, _ in self._open):
            self.words.append(data)
            for _, kind in self._open:
                self.marked[kind][-1] += data
