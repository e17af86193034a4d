"""What the verbs of other tools are called here."""

from collections.abc import Iterable
from difflib import get_close_matches

_ALEMBIC, _DBMATE, _GOOSE, _PRISMA = (f"docs/from-{tool}.md" for tool in ("alembic", "dbmate", "goose", "prisma"))
_ONE_ROW = "the files stand in one row, so there is one head: `migratekit validate --files-only` checks that"
# What to type instead, and the page that says more.
_OTHERS = {
    "upgrade": ("`migratekit up`, `up 1` or `up --to V`", _ALEMBIC),
    "downgrade": ("`migratekit down`, `down --to V` or `down --all`", _ALEMBIC),
    "heads": (_ONE_ROW, _ALEMBIC),
    "branches": (_ONE_ROW, _ALEMBIC),
    "merge": (
        "the files stand in one row: `migratekit renumber` puts a late one behind it, or `up --allow-missing` takes it",
        _ALEMBIC,
    ),
    "show": (
        "`migratekit status` lists the files, `migratekit history --verbose` what ran; a file says all else",
        _ALEMBIC,
    ),
    "check": ("`migratekit diff check --models MODULE:ATTR --preview --exit-code`", _ALEMBIC),
    "ensure_version": ("the first `migratekit up` makes the version table", _ALEMBIC),
    "list_templates": ("`migratekit templates`", _ALEMBIC),
    "edit": ("open the file; `migratekit repair --accept` if it is applied", _ALEMBIC),
    "migrate": ("`migratekit up`", _DBMATE),
    "new": ("`migratekit create NAME`", _DBMATE),
    "rollback": ("`migratekit down`", _DBMATE),
    "load": ("`migratekit restore`, or psql", _DBMATE),
    "up-by-one": ("`migratekit up 1`", _GOOSE),
    "up-to": ("`migratekit up --to V`", _GOOSE),
    "down-to": ("`migratekit down --to V`", _GOOSE),
    "reset": ("`migratekit down --all`", _GOOSE),
    "fix": ("`migratekit renumber`", _GOOSE),
    "deploy": ("`migratekit up`", _PRISMA),
    "resolve": ("`migratekit repair`, or `migratekit force V`", _PRISMA),
}


def instead_of(word: str, verbs: Iterable[str]) -> str:
    """What to type instead of a word that is none of the verbs."""
    if word in _OTHERS:
        return "{}; see {}".format(*_OTHERS[word])
    alike = [f"did you mean `migratekit {verb}`? " for verb in get_close_matches(word, list(verbs), 1)]
    return "".join([*alike, "`migratekit --help` lists what there is"])
