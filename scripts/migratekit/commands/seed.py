"""`migratekit seed`."""

import argparse
import datetime
import random
import time
from collections.abc import Sequence

from ..database import Database
from ..engine import Engine
from ..errors import ExitCode, Interrupted
from ..narration import duration
from ..progress import Progress
from ..sample import Filled, Filler, Order, Table, Wish, arrange, choose, holds_rows, read_catalog
from ..sample.words import Words
from ..session import Session
from ..tracking.history import history_name


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    # Here `--table` is what is filled; the version table's goes in front of the verb.
    group = parser.add_argument_group("sample data", conflict_handler="resolve")
    group.add_argument(
        "--table", dest="tables", action="append", metavar="NAME", help="fill this one; may be repeated (all)"
    )
    group.add_argument("--count", type=_count, default=100, metavar="N", help="add so many rows to each (100)")
    group.add_argument("--seed", type=int, metavar="S", help="make the rows that this number stands for (random)")
    group.add_argument("--locale", default="en_US", metavar="NAME", help="take names and words of this one (en_US)")
    group.add_argument("--now", type=_moment, metavar="TIME", help="no row is younger (follows from the seed)")
    group.add_argument("--only-empty", action="store_true", help="leave tables alone that hold rows")


def run(session: Session) -> ExitCode:
    """Fills tables with plausible rows, what they point to first."""
    options = session.options
    # The seed is told, so that the same rows can be had again.
    seed = random.SystemRandom().randrange(1_000_000) if options.seed is None else options.seed
    words = Words(seed, options.locale)
    wish = Wish(options.count, seed, options.now or _reference(seed))
    with session.engine() as engine:
        database, own = engine.database, engine.table
        catalog = read_catalog(database, {(own.schema, own.name), (own.schema, history_name(own.name))})
        tables = _tables(session, database, choose(catalog, options.tables or ()))
        order = arrange(catalog, tables)
        progress = session.console.progress("sample data", "rows")
        done = [0]

        def advance(rows: int) -> None:
            done[0] += rows
            progress.update(done[0], wish.count * len(tables))

        filler = Filler(database, catalog, order, words, wish, advance, lambda: session.signals > 0)
        began = time.monotonic()
        filled = _fill(session, engine, filler, order, progress)
    return _report(session, filled, seed, time.monotonic() - began)


def _tables(session: Session, database: Database, chosen: Sequence[Table]) -> list[Table]:
    """What is to be filled, once it is confirmed that tables with rows get more."""
    holding = [table for table in chosen if holds_rows(database, table)]
    if session.options.only_empty:
        return [table for table in chosen if table not in holding]
    if holding:
        names = ", ".join(table.shown for table in holding[:5])
        more = f" and {len(holding) - 5} more" if len(holding) > 5 else ""
        what = f"seed on {session.settings.environment} will add sample data to {names}{more}, where rows are already"
        session.ask("seed", what, always=True)
    else:
        session.ask("seed", f"seed on {session.settings.environment} will fill {len(chosen)} tables")
    return list(chosen)


def _fill(session: Session, engine: Engine, filler: Filler, order: Order, progress: Progress) -> list[Filled]:
    """What each table got; in one transaction where keys are checked only at its end."""
    database, filled = engine.database, []
    try:
        settings = session.settings.seconds("lock_timeout")
        if settings:
            database.run(f"SET lock_timeout = '{round(settings * 1000)}ms'")
        if order.deferred:
            database.run("BEGIN; SET CONSTRAINTS ALL DEFERRED")
        for table in order.tables:
            filled.append(filler.fill(table))
            if session.signals:
                raise Interrupted(f"interrupted in {table.shown}; what was filled before is there")
        filler.fill_late()
        if order.deferred:
            database.run("COMMIT")
    finally:
        progress.close()
        if not database.lost:
            database.rollback()
    return filled


def _report(session: Session, filled: Sequence[Filled], seed: int, seconds: float) -> ExitCode:
    console, rows = session.console, sum(one.rows for one in filled)
    if filled:
        console.table(("table", "rows"), [(one.table.shown, f"{one.rows:,}") for one in filled])
    console.out(f"{rows:,} rows in {duration(seconds)}; --seed {seed} gives the same ones again")
    for one in filled:
        if one.reason:
            level = "warning" if one.full else "error"
            console.note(f"{level}: {one.table.shown}: {one.reason}")
            if one.hint:
                console.note(f"hint: {one.hint}")
    if any(one.refused for one in filled):
        return ExitCode.REFUSED
    return ExitCode.FAILED if any(one.reason and not one.full for one in filled) else ExitCode.DONE


def _reference(seed: int) -> datetime.datetime:
    """The moment that the rows take for now: some day of 2025."""
    return datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(days=seed % 365)


def _count(text: str) -> int:
    if not (text.isascii() and text.replace("_", "").isdigit()) or not 0 < int(text) <= 1_000_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of rows (1000 or 1_000_000)")
    return int(text)


def _moment(text: str) -> datetime.datetime:
    try:
        found = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time (2026-01-31 or 2026-01-31T12:00)") from None
    return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)
