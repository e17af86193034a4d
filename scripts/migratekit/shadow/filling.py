"""The files, run in a shadow by the same engine as everywhere."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ..database import Database
from ..engine import Engine, Known
from ..errors import MigratekitError
from ..failures import FileFailed
from ..manner import Manner
from ..migration import Direction, Migration
from ..observer import Observer
from ..plan import Plan, Step, plan_up
from ..reading import read_file
from ..url import DatabaseURL
from .deadline import Deadline
from .model import Model
from .place import APPLICATION, database_on, given_server, own_server
from .refusals import overdue, refuse_subscriptions, told


@contextmanager
def shadow(
    model: Model,
    chain: Sequence[Migration],
    project: Path,
    wanted: str,
    given: str = "",
    *,
    limit: float | None = None,
) -> Iterator[tuple[Database, DatabaseURL]]:
    """A session in a new database of the same major version that the files have made, and its URL; gone at the end.

    On the server `given`, a URL, or else on one that is made for this and removed. `wanted` is the setting `postgres`.
    MigratekitError where the files take longer than the limit, in seconds.
    """
    texts = [(m.up.path, m.up.half(read_file(m.up)).sql) for m in chain if m.up]
    refuse_subscriptions(texts)
    sql = [text for _, text in texts]
    place = given_server(model, sql, given) if given else own_server(model, sql, project, wanted)
    called = "" if given else model.name
    with (
        place as server,
        database_on(server, model, called) as url,
        _filled(model, chain, url, limit, own=not given) as database,
    ):
        yield database, url


@contextmanager
def _filled(
    model: Model, chain: Sequence[Migration], url: DatabaseURL, limit: float | None, *, own: bool
) -> Iterator[Database]:
    deadline = Deadline(limit)
    engine = Engine(
        lambda: Database.connect(url, APPLICATION),
        table_name=model.table.name,
        table_schema=model.table.schema,
        # Programs of files are not run: they may know other databases than this one.
        manner=Manner(any_schema=True),
        observer=Observer(),
        read_file=read_file,
        stop=lambda: deadline.passed,
        tool="migratekit shadow",
    )

    def everything(_known: Known) -> Plan:
        numbered = [migration for migration in chain if not migration.is_repeatable]
        at = numbered[-1].version if numbered else None
        again = tuple(Step(migration, Direction.UP, at) for migration in chain if migration.is_repeatable)
        return Plan((*plan_up(numbered, None).steps, *again))

    try:
        try:
            with deadline.around(lambda: engine.database.cancel()):
                engine.move(everything)
        except MigratekitError as error:
            if limit and deadline.passed:
                raise overdue(limit) from None
            raise (told(error, model, own=own) if isinstance(error, FileFailed) else error) from None
        if limit and deadline.passed:
            raise overdue(limit)
        yield engine.database
    finally:
        engine.close()
