"""`migratekit templates`."""

import argparse

from ..authoring.kinds import RAW, Input, Kind, Pair, kind_named, read_kinds
from ..errors import ExitCode
from ..render import Templates
from ..session import Session


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("kind", metavar="KIND", nargs="?", help="show one kind: its inputs and its files")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(session: Session) -> ExitCode:
    """Prints the kinds that `create` knows; one of them with all that it needs."""
    templates = Templates(session.settings.project)
    kinds, wanted = read_kinds(templates), session.options.kind
    if wanted:
        kind = kind_named(kinds, wanted)
        if session.options.json:
            session.console.json(_document(kind, templates))
        else:
            _print(session, kind, templates)
    elif session.options.json:
        session.console.json([_document(kind, templates) for kind in kinds.values()])
    else:
        rows = [(kind.name, _example(kind), kind.summary, "yours" if kind.is_own else "") for kind in kinds.values()]
        session.console.table(("kind", "name", "writes", ""), rows)
    return ExitCode.DONE


def _example(kind: Kind) -> str:
    if kind.name == RAW:
        return "any other name"
    return kind.patterns[0].text if kind.patterns else f"--kind {kind.name}"


def _print(session: Session, kind: Kind, templates: Templates) -> None:
    out = session.console.out
    out(f"{kind.name}: {kind.summary}")
    for heading, lines in (
        ("names", [pattern.text for pattern in kind.patterns]),
        ("inputs", [f"{one.flag}  {_source(one)}".rstrip() for one in kind.inputs]),
        ("writes", [f"VERSION_{_title(pair)}{_note(pair)}" for pair in kind.pairs]),
        ("templates", _files(kind, templates)),
    ):
        if lines:
            out(f"\n{heading}")
            for line in lines:
                out(f"  {line}")


def _source(wanted: Input) -> str:
    """What the input is, and where it comes from if it is not given."""
    ways = [
        "else from the name or a default" if wanted.default else "",
        "else from the database" if wanted.catalog else "",
    ]
    ways += ["may be left out" if wanted.optional else ""]
    return ", ".join(filter(None, [wanted.help, *ways]))


def _title(pair: Pair) -> str:
    return pair.title.replace("{{ ", "{").replace(" }}", "}")


def _note(pair: Pair) -> str:
    notes = [f"phase {pair.phase}" if pair.phase else "", "where it applies" if pair.each else ""]
    notes += ["with a program" if pair.program else ""]
    shown = ", ".join(filter(None, notes))
    return f"  ({shown})" if shown else ""


def _files(kind: Kind, templates: Templates) -> list[str]:
    names = ["kind.yaml", *(name for pair in kind.pairs for name in pair.templates)]
    return [f"{kind.name}/{name}{' (yours)' if templates.is_own(f'{kind.name}/{name}') else ''}" for name in names]


def _document(kind: Kind, templates: Templates) -> dict[str, object]:
    return {
        "kind": kind.name,
        "summary": kind.summary,
        "yours": kind.is_own,
        "names": [pattern.text for pattern in kind.patterns],
        "inputs": [
            {
                "name": one.name,
                "type": one.type,
                "help": one.help,
                "flag": one.flag,
                "choices": list(one.choices),
                "optional": one.optional or bool(one.default),
                "from_database": bool(one.catalog),
            }
            for one in kind.inputs
        ],
        "pairs": [{"title": pair.title, "phase": pair.phase, "each": pair.each} for pair in kind.pairs],
        "templates": _files(kind, templates),
    }
