"""`migratekit db start|stop|reset|remove|shell|url`."""

import argparse
import os
import shutil
from collections.abc import Mapping

from ..backup.connection import refuse_open_secrets
from ..database import Database, identifier, libpq_parameters
from ..errors import ExitCode, Refused, UsageError
from ..session import Session
from ..url import DatabaseURL, parse


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("action", choices=("start", "stop", "reset", "remove", "shell", "url"))
    parser.add_argument("--port", type=int, metavar="N", help="start: listen on 127.0.0.1 too, with a random password")


def run(session: Session) -> ExitCode:
    """Does one thing with the embedded server, or with whatever database the environment names."""
    actions = {"start": _start, "stop": _stop, "reset": _reset, "remove": _remove, "shell": _shell, "url": _url}
    return actions[session.options.action](session)


def _start(session: Session) -> ExitCode:
    _embedded_only(session)
    server = session.server()
    with session.console.busy("starting PostgreSQL"):
        server.start(port=session.options.port)
    _connect(session).close()
    binaries = server.binaries
    session.console.out(f"PostgreSQL {binaries.version} ({binaries.origin}) runs; its data are in {server.data}")
    session.console.out(server.url(session.settings.environment))
    if tcp := server.tcp_url(session.settings.environment):
        session.console.out(tcp)
    return ExitCode.DONE


def _stop(session: Session) -> ExitCode:
    stopped = session.server().stop()
    session.console.out("PostgreSQL stopped" if stopped else "PostgreSQL was not running")
    return ExitCode.DONE


def _reset(session: Session) -> ExitCode:
    _embedded_only(session)
    name = session.settings.environment
    _connect(session).close()
    admin = Database.connect(parse(session.server().url("postgres")), {})
    try:
        admin.run(f"DROP DATABASE IF EXISTS {identifier(name)} WITH (FORCE)")
        admin.run(f"CREATE DATABASE {identifier(name)}")
    finally:
        admin.close()
    session.console.out(f"database {name} is new and empty")
    return ExitCode.DONE


def _remove(session: Session) -> ExitCode:
    session.server().remove()
    session.console.out("the embedded PostgreSQL and its data are gone")
    return ExitCode.DONE


def _url(session: Session) -> ExitCode:
    if session.settings.embedded:
        _connect(session).close()
        session.console.out(session.server().url(session.settings.environment))
    else:
        session.console.out(session.database_url().redacted())
    return ExitCode.DONE


def _shell(session: Session) -> ExitCode:
    """Becomes psql; the password travels in the environment, not in the arguments."""
    url = session.database_url()
    if session.settings.embedded:
        _connect(session).close()
    psql = session.server().binaries.tool("psql") if session.settings.embedded else None
    program = str(psql) if psql else shutil.which("psql")
    if program is None:
        raise UsageError("psql is not installed", hint="install PostgreSQL's client (postgresql-client)")
    parameters, variables = _for_psql(url)
    os.execve(program, [program, _conninfo(parameters)], os.environ | variables)  # noqa: S606


def _connect(session: Session) -> Database:
    with session.engine() as engine:
        return engine.database


def _embedded_only(session: Session) -> None:
    if not session.settings.embedded:
        raise Refused(
            f"environment {session.settings.environment} has a database of its own"
            f" ({session.settings.values['database'].source})",
            hint="`db start` and `db reset` are for the embedded server",
        )


def _for_psql(url: DatabaseURL) -> tuple[dict[str, str], dict[str, str]]:
    """What psql's connection string holds, and the variables with the rest, the password among it."""
    parameters = libpq_parameters(url, {"fallback_application_name": "psql"})
    refuse_open_secrets(parameters, "psql")
    del parameters["client_encoding"]
    apart = {"password": "PGPASSWORD", "options": "PGOPTIONS"}
    variables = {variable: parameters.pop(key) for key, variable in apart.items() if key in parameters}
    return parameters, variables


def _conninfo(parameters: Mapping[str, str]) -> str:
    """A connection string for everybody to see."""
    return " ".join(f"{key}='{_escape(value)}'" for key, value in parameters.items())


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")
