"""The server on which shadows are made, where an option or the environment names one."""

from ..errors import UsageError
from ..session import Session
from ..settings import Settings
from ..url import parse
from ..url_sources import asked_url

VARIABLE = "MIGRATEKIT_SHADOW_URL"


def given_shadow(session: Session) -> str:
    """Its URL, whose password no output shows from now on; empty where a server is to be made."""
    source = session.settings.values["shadow"].source
    url, where = _found(session.settings, source)
    try:
        password = parse(url).parameters.get("password", "") if url else ""
    except UsageError as error:
        error.where = error.where or where
        raise
    session.console.hide(password)
    if password and source == "--shadow":
        session.console.note(f"warning: others on this machine can see a password among the arguments; use {VARIABLE}")
    return url


def _found(settings: Settings, source: str) -> tuple[str, str]:
    """The URL and where it stands."""
    named = settings.shadow
    if named.url_variable:
        url = settings.variables_set.get(named.url_variable, "")
        if not url:
            hint = "set it to the URL of a server where a database may be made"
            raise UsageError(f"names {named.url_variable} for shadows, which is not set", where=source, hint=hint)
        return url, named.url_variable
    if named.url_file:
        return asked_url(settings.project, named.url_file, (), source), named.url_file
    return named.url, source
