"""Does the server have the extensions that the files create, and may the role create them?"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..database import identifier
from ..evidence import Node
from ._queries import ask
from ._statements import statements
from ._view import Result, View, fail, ok, warn


@dataclass(frozen=True, slots=True)
class Wanted:
    """An extension that a file creates."""

    name: str
    file: str
    version: str
    lenient: bool
    cascade: bool

    @property
    def sql(self) -> str:
        """The name as in a statement."""
        return identifier(self.name)


def check(view: View) -> Iterator[Result]:
    """A result for each; a failure for what would stop its file."""
    wanted = [_wanted(file, node) for file, form, node in statements(view) if form == "create_extension_stmt"]
    if not wanted:
        yield ok("no file creates one")
        return
    found = ask(view.database, "extensions", json.dumps([one.name for one in wanted]))
    there = set(found["installed"])
    for one in wanted:
        yield _judge(one, found, there, view)
        there.add(one.name)


def _wanted(file: str, node: Node) -> Wanted:
    options = {one.def_elem.defname: one.def_elem.arg for one in node.options}
    version = options.get("new_version")
    return Wanted(node.extname, file, version.string.sval if version else "", node.if_not_exists, "cascade" in options)


def _judge(one: Wanted, found: Mapping[str, Any], there: set[str], view: View) -> Result:
    if one.name not in found["available"]:
        hint = (
            "install its package on the server's machine (postgresql-contrib, or its own), or ask the provider for it"
        )
        return fail(f"the server does not have it; {one.file} creates it", hint, subject=one.name)
    installed, default, versions = found["available"][one.name]
    if one.name in there:
        if one.lenient:
            return ok(f"{installed or default} is there already", subject=one.name)
        return fail(
            f"is there already; {one.file} would stop", "write CREATE EXTENSION IF NOT EXISTS", subject=one.name
        )
    version = next((each for each in versions if each[0] == (one.version or default)), None)
    if version is None:
        return fail(
            f"the server has no version {one.version or default}",
            f"it has {', '.join(sorted(each[0] for each in versions))}: name one of them in {one.file}",
            subject=one.name,
        )
    missing = sorted(set(version[3]) - there)
    if missing and not one.cascade:
        hint = f"create it before, or write CASCADE in {one.file}"
        return fail(f"needs {', '.join(missing)}, which is not there", hint, subject=one.name)
    return _permission(one, version, found, view)


def _permission(
    one: Wanted, version: tuple[str, bool, bool, list[str]], found: Mapping[str, Any], view: View
) -> Result:
    number, superuser, trusted, _ = version
    role = view.session.user
    if found["superuser"] or not superuser:
        return ok(f"{number} can be created", subject=one.name)
    if trusted and found["create"]:
        return ok(f"{number} can be created: it is trusted", subject=one.name)
    by_hand = f"have a superuser run it before: CREATE EXTENSION {one.sql} (and IF NOT EXISTS in {one.file})"
    if found["lent"]:
        return warn(f"{number} needs a superuser, or the provider's leave", by_hand, subject=one.name)
    if trusted:
        database = identifier(str(view.database.row("SELECT current_database()")[0]))
        hint = f"GRANT CREATE ON DATABASE {database} TO {identifier(role)}; or {by_hand}"
        return fail(f"role {role} may create nothing in this database", hint, subject=one.name)
    return fail(f"only a superuser may create it, and role {role} is none", by_hand, subject=one.name)
