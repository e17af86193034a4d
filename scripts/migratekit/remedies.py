"""What helps against an error of the server, from its SQLSTATE and its words."""

# What nobody can say of a file alone; the words decide, the first that fit.
_NO_RIGHT = (
    (
        "must be owner",
        "only the owner may do that: run it as the owner, or make the role of the URL a member of the owner's;"
        " `migratekit preflight` names the owner",
    ),
    (
        "for schema public",
        "have the database's owner GRANT CREATE ON SCHEMA public to the role of the URL; since PostgreSQL 15 only the"
        " owner may make things there",
    ),
    ("for schema", "have the schema's owner GRANT USAGE and CREATE on it to the role of the URL"),
    ("for database", "have the database's owner GRANT CREATE ON DATABASE to the role of the URL"),
    (
        "to create extension",
        "have an administrator CREATE EXTENSION there once; CREATE EXTENSION IF NOT EXISTS then passes",
    ),
    ("permission denied for", "have its owner GRANT to the role of the URL what the statement needs"),
    ("", "the role of the URL lacks the right: have an administrator give it, or run it as another role"),
)
_MISSING = "look at its name and schema (search_path); what makes it must be in a migration in front of this one"
_ABSENT = {
    "42P01": _MISSING,
    "42703": _MISSING,
    "3F000": "make the schema first, or look at the search_path, which the URL may set (search_path, schema)",
    "42704": "it must be made first: a role by an administrator, a type by a migration or an extension",
    "42883": "look at its name, its arguments and the search_path; if an extension brings it, make that first",
}
# What people use most, and where it comes from.
_BRINGS = {
    "function uuid_generate_": '"uuid-ossp"',
    "function crypt(": "pgcrypto",
    "function digest(": "pgcrypto",
    "function gen_random_bytes(": "pgcrypto",
    "function gen_salt(": "pgcrypto",
    'type "citext"': "citext",
    'type "geometry"': "postgis",
    'type "hstore"': "hstore",
    'type "vector"': "vector",
    '"gin_trgm_ops"': "pg_trgm",
}
_EXISTS = frozenset({"42P07", "42710", "42P06", "42701", "42723", "42P04"})
_NAME_ALONE = "IF NOT EXISTS takes whatever has the name, also what is not the same"
_WAITED = "others hold what it needs: run it when they do not, or let it wait for longer (--lock-timeout)"
_TOO_LONG = "give it more time (--statement-timeout, or what the file sets), or change the rows in smaller parts"
_LATER = "run the same command again, when fewer others are at work or with more time"


def remedy(sqlstate: str, message: str, *, down: bool = False) -> str:
    """What to do about a statement that the server refused, on the way down perhaps; empty if nothing is known."""
    if sqlstate == "42501":
        return next(what for words, what in _NO_RIGHT if words in message)
    if sqlstate in _EXISTS:
        return f"find out who made it; {_NAME_ALONE}"
    if sqlstate in _ABSENT:
        return _where_it_is(sqlstate, message, down=down)
    if sqlstate == "55P03":
        return _WAITED
    if sqlstate == "57014" and "statement timeout" in message:
        return _TOO_LONG
    return _LATER if sqlstate in ("57014", "40P01", "40001") else ""


def _where_it_is(sqlstate: str, message: str, *, down: bool) -> str:
    """What to do about something that does not exist."""
    for words, extension in _BRINGS.items():
        if words in message:
            brought = f"CREATE EXTENSION IF NOT EXISTS {extension} must come first"
            return f"{brought}; if it is there, the search_path must hold its schema"
    return "if it is gone already, DROP … IF EXISTS goes on without it" if down else _ABSENT[sqlstate]


def made_without_us(sqlstate: str, version: int, *, first: bool) -> str:
    """What to do if an up file, the first of all perhaps, wants to make what is there already; else empty."""
    if sqlstate not in _EXISTS:
        return ""
    if first:
        way = "`migratekit baseline V` counts what is there as applied, `migratekit adopt` what another tool did"
        return f"if the database was made without migratekit, {way}; {_NAME_ALONE}"
    return f"if all that the file makes is there, `migratekit force {version}` counts it as applied; {_NAME_ALONE}"
