"""What belongs to a database itself, as statements that give it to another one."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..database import identifier, literal

# Their values are lists, quoted already: PostgreSQL would take one text for one element.
_LISTS = {
    "local_preload_libraries",
    "search_path",
    "session_preload_libraries",
    "shared_preload_libraries",
    "temp_tablespaces",
    "unix_socket_directories",
}
_ELEMENT = re.compile(r'"((?:[^"]|"")*)"|([^,\s]+)')
_TABLESPACE = "pg_default"
_PROVIDERS = {"c": "libc", "i": "icu", "b": "builtin"}


def creation(name: str, properties: Mapping[str, Any], *, whole: bool) -> str:
    """The statement that makes an empty database of the same kind; with owner and tablespace if `whole`."""
    options = ["TEMPLATE template0"]
    if properties:
        options.append(f"ENCODING {literal(properties['encoding'])}")
        options += _locale(properties)
    if properties and whole:
        options.append(f"OWNER {identifier(properties['owner'])}")
        # To name the usual one takes a right on that; to leave it out takes none.
        if properties["tablespace"] != _TABLESPACE:
            options.append(f"TABLESPACE {identifier(properties['tablespace'])}")
    return f"CREATE DATABASE {identifier(name)} {' '.join(options)}"


def _locale(properties: Mapping[str, Any]) -> Iterator[str]:
    yield f"LC_COLLATE {literal(properties['collate'])} LC_CTYPE {literal(properties['ctype'])}"
    provider = _PROVIDERS.get(properties["provider"] or "")
    if provider:
        yield f"LOCALE_PROVIDER {provider}"
    if provider == "icu":
        yield f"ICU_LOCALE {literal(properties['locale'])}"
        if properties["rules"]:
            yield f"ICU_RULES {literal(properties['rules'])}"
    elif provider == "builtin":
        yield f"BUILTIN_LOCALE {literal(properties['locale'])}"


def endowment(name: str, properties: Mapping[str, Any]) -> Iterator[str]:
    """The statements that give a database the settings, rights, limit and comment of another."""
    database = identifier(name)
    for each in properties["settings"]:
        who = f"ROLE {identifier(each['role'])} IN DATABASE" if each["role"] else "DATABASE"
        for setting in each["values"]:
            key, _, value = setting.partition("=")
            yield f"ALTER {who} {database} SET {identifier(*key.split('.'))} TO {_value(key, value)}"
    yield from _grants(database, properties)
    if properties["comment"]:
        yield f"COMMENT ON DATABASE {database} IS {literal(properties['comment'])}"
    yield f"ALTER DATABASE {database} CONNECTION LIMIT {int(properties['limit'])}"


def _grants(database: str, properties: Mapping[str, Any]) -> Iterator[str]:
    if properties["grants"] is None:
        return
    owner = identifier(properties["owner"])
    yield f"REVOKE ALL ON DATABASE {database} FROM PUBLIC, {owner}"
    for grant in properties["grants"]:
        to = identifier(grant["to"]) if grant["to"] else "PUBLIC"
        option = " WITH GRANT OPTION" if grant["grantable"] else ""
        yield f"GRANT {grant['right']} ON DATABASE {database} TO {to}{option}"


def _value(key: str, value: str) -> str:
    if key.lower() not in _LISTS:
        return literal(value)
    elements = [quoted.replace('""', '"') or plain for quoted, plain in _ELEMENT.findall(value)]
    return ", ".join(literal(element) for element in elements) or "''"
