"""The architecture, read from the imports: every module stands on lower floors only."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import migratekit

PACKAGE = Path(migratekit.__file__).parent

# From the ground up. A module imports only from floors below its own, never from its own floor. The name of a
# package stands for each of its modules, which know nothing of each other: one source, one table, one check, one
# verb, one calling form is one file (or folder) that can be taken away.
FLOORS = (
    # What can go wrong; where statements end; when a release may run.
    "errors lock_modes lexer redaction reachability progress quoting kinds hours log retries dialects remedies"
    " numbering signals",
    "outline",  # what statements do to transactions
    # What things are, and where a command runs: no database yet.
    "answers url migration console environment_file sections server header programs reports manner url_sources"
    " scaffold",
    # The files; the connection; new files; from versions to steps; files changed together.
    "settings sources database render plan squashing file_changes",
    # Who knows what was applied; what is there of a file, or at all; how files are called; the files of a run; the
    # text of new ones; backups; records as pages.
    "tracking evidence catalog convention conversion lineage renumbering reading authoring backup page sample",
    # Who may work now; what a run writes down, and what that says when read; what files do to tables.
    "lock journal replay repeatables impact target branching schema_changes run_session",
    # How every migration stands, by another tool's table too; two schemas compared; one as SQL, and drawn.
    "ledger failures adoption drift schema_dump schema_diagram",
    "messages",  # how a file is sent
    # One file and its version row, in one commit; what stops a run; a schema as a page.
    "execution aftermath observer guards own_tables schema_page",
    "checks diagnosis watch",  # what may be wrong with files, history, database; how far a file came
    "recording trying",  # the history of a run
    "engine",  # the engine
    # Its story, for people; what stopped half-way, put right; history taken over; the files as a database has them;
    # an Alembic project as pairs.
    "narration mending takeover files alembic",
    # What is looked at before a release; what a run leaves for its record; what may run; the engine put together.
    "preflight runs before_after rules validation assembly arrival shadow",
    "outlets",  # what the outside gets to know
    "session",  # what every verb stands on
    "commands",  # one verb each
    "api",  # what programs import
    "compat",  # one calling form of another tool
    "cli",  # argv -> exit code
    "__main__",
)
# A package that is one thing to everybody else; inside of it modules import each other, without a circle.
WHOLE = {
    "server",
    "evidence",
    "catalog",
    "authoring",
    "impact",
    "backup",
    "page",
    "watch",
    "sample",
    "api",
    "shadow",
    "alembic",
    "branching",
    "schema_changes",
}
# What siblings share is in a module whose name begins with an underscore, as in commands._shared.
FLOOR_OF = {name: number for number, floor in enumerate(FLOORS) for name in floor.split()}

EXITS = {"cli", "compat.golang", "compat.database_migrator"}
# Each costs more time than a whole `migrate version`; loaded where it is used.
HEAVY = {"rich", "jinja2", "yaml", "dotenv", "postgast", "prometheus_client", "faker"}
MAX_FUNCTION, MAX_MODULE = 40, 300

SOURCES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
TREES = {module: ast.parse(path.read_text(encoding="utf-8")) for module, path in SOURCES.items()}
MODULES = sorted(module for module in TREES if module != "__init__")


def unit(module: str) -> str:
    """What the module is a part of, as others see it."""
    top, *rest = module.split(".")
    if top in WHOLE:
        return top
    return ".".join([top, *rest[:1]]) if top == "compat" else module


def floor(module: str) -> int:
    return FLOOR_OF[unit(module).partition(".")[0]]


def imports(module: str) -> Iterator[str]:
    """The modules of migratekit that a module imports, wherever in its text."""
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.Import):
            yield from (_inside(name.name) for name in node.names if name.name.startswith("migratekit"))
        elif isinstance(node, ast.ImportFrom):
            base = _base(module, node)
            if base is not None:
                for name in node.names:
                    found = f"{base}.{name.name}".strip(".")
                    yield found if found in TREES else base


def _base(module: str, node: ast.ImportFrom) -> str | None:
    """Where `from … import` looks; None outside of migratekit."""
    if not node.level:
        name = node.module or ""
        return _inside(name) if name.partition(".")[0] == "migratekit" else None
    package = module.split(".") if SOURCES[module].name == "__init__.py" else module.split(".")[:-1]
    above = package[: len(package) - (node.level - 1)]
    return ".".join([*above, *filter(None, [node.module])])


def _inside(name: str) -> str:
    return name.removeprefix("migratekit").removeprefix(".")


def may_import(module: str, other: str) -> bool:
    if other in ("", "__init__") or unit(module) == unit(other) or floor(other) < floor(module):
        return True
    package, _, name = other.rpartition(".")
    return package == module.rpartition(".")[0] and name.startswith("_") and "." in module


def calls(tree: ast.AST) -> Iterator[str]:
    """The dotted names that are called or raised."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)
        elif isinstance(node, ast.Raise) and node.exc is not None:
            yield ast.unparse(node.exc).partition("(")[0]


def outside(node: ast.stmt | ast.Module) -> Iterator[ast.Import | ast.ImportFrom]:
    """The imports that run when the module is loaded."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child
        elif isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        elif isinstance(child, ast.stmt) and not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from outside(child)


def roots(node: ast.AST) -> set[str]:
    """The foreign packages that an import names."""
    if isinstance(node, ast.Import):
        return {name.name.partition(".")[0] for name in node.names}
    if isinstance(node, ast.ImportFrom) and not node.level:
        return {(node.module or "").partition(".")[0]}
    return set()


def test_each_module_has_a_floor_and_each_floor_its_modules() -> None:
    tops = {unit(module).partition(".")[0] for module in MODULES}
    assert tops == FLOOR_OF.keys()
    assert sum(len(names.split()) for names in FLOORS) == len(FLOOR_OF)


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_down(module: str) -> None:
    assert [other for other in imports(module) if not may_import(module, other)] == []


def test_no_unit_imports_in_a_circle() -> None:
    graph = {module: set(imports(module)) - {"", "__init__", module} for module in MODULES}
    order = list(TopologicalSorter(graph).static_order())
    assert set(MODULES) <= set(order)


def test_one_module_knows_the_driver() -> None:
    assert [m for m in TREES if any("psycopg" in roots(node) for node in ast.walk(TREES[m]))] == ["database"]


def test_only_entry_points_exit() -> None:
    ends = {"sys.exit", "exit", "quit", "SystemExit", "os._exit", "os.abort"}
    assert {module for module in TREES if ends & set(calls(TREES[module]))} == EXITS


@pytest.mark.parametrize("module", MODULES)
def test_what_is_heavy_is_loaded_where_it_is_used(module: str) -> None:
    assert HEAVY & {root for node in outside(TREES[module]) for root in roots(node)} == set()


def test_migrate_loads_nothing_that_it_does_not_need() -> None:
    unwanted = HEAVY | {"argparse"}
    code = f"import sys, migratekit.compat.golang.calls; print(sorted({unwanted!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("module", sorted(TREES))
def test_functions_and_modules_are_short(module: str) -> None:
    long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(TREES[module])
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= MAX_FUNCTION
    ]
    assert long == []
    assert len(SOURCES[module].read_text(encoding="utf-8").splitlines()) <= MAX_MODULE
