"""Random histories: the ledger finds applied what a naive model has."""

import random
from collections.abc import Callable, Sequence

from books import (
    APPLIED,
    FOREIGN,
    MISSED,
    PENDING,
    Book,
    Step,
    chain_of,
    judged,
    standings,
)
from migratekit.ledger import Standing
from migratekit.tracking.history import Outcome


class Model:
    """What is applied, kept naively: a set of versions, how far the row was when we looked last, and how far it is."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.files = {version for version in range(12) if self.random.random() < 0.7}
        self.there: set[int] = set()
        self.seen = self.row = -1
        self.book = Book()
        self.told: list[str] = []

    def turn(self) -> None:
        """One thing that happens to the database or the folder."""
        acts: list[Callable[[], None]] = [self.up, self.up, self.down, self.force, self.foreign, self.late, self.merge]
        act = self.random.choice(acts)
        self.told.append(act.__name__)
        act()

    def expected(self) -> dict[int, Standing]:
        there = self.now()
        return {v: PENDING if v > self.row else APPLIED if v in there else MISSED for v in self.files}

    def now(self) -> set[int]:
        """Who moved the row up applied all on the way; who moved it down took back all on the way."""
        return {v for v in self.there if v <= self.row} | set(range(self.seen + 1, self.row + 1))

    def look(self) -> None:
        self.there, self.seen = self.now(), self.row
        self.book.at = None if self.row == -1 else self.row

    def up(self) -> None:
        ahead = sorted(v for v in self.files if v > self.row)
        self.run([("up", v, v) for v in ahead[: self.random.randint(1, 4)]])

    def late(self) -> None:
        self.run([("up", v, self.row) for v in sorted(self.files - self.now()) if v < self.row])

    def down(self) -> None:
        there = sorted(self.now() & self.files)
        # No tool goes down from a version without a file.
        if there and there[-1] == self.row:
            ways = [("down", v, below) for v, below in zip(there, [None, *there], strict=False)][::-1]
            self.run(ways[: self.random.randint(1, 4)])

    def run(self, steps: Sequence[Step]) -> None:
        """It comes to its end, or only so far."""
        if not steps:
            return
        self.look()
        self.book.start(*steps)
        through = self.random.choice([len(steps), self.random.randint(0, len(steps))])
        for step in steps[:through]:
            way, version, leads_to = step
            self.book.done(step)
            self.seen = self.row = -1 if leads_to is None else leads_to
            self.there = self.there | {version} if way == "up" else {v for v in self.there if v <= self.row}
        if through < len(steps) and self.random.random() < 0.5:
            self.book.attempt(Outcome.FAILED, *steps[through][:2], self.book.at)
        elif through == len(steps) and self.random.random() < 0.9:
            self.book.finish()

    def force(self) -> None:
        # What another tool took back, a force can put there again, as it was: that has a test of its own.
        if self.row >= self.seen:
            self.look()
            self.row = self.random.choice([-1, *self.files])
            self.book.force(None if self.row == -1 else self.row)
            self.look()
            self.there |= {self.row} - {-1}

    def foreign(self) -> None:
        self.row = self.random.choice([-1, *self.files])

    def merge(self) -> None:
        self.files.add(self.random.randrange(12))


def test_any_story_gives_what_a_naive_model_has() -> None:
    for seed in range(300):
        model = Model(seed)
        for _ in range(30):
            model.turn()
            ledger = judged(model.book, chain_of(*model.files), version=None if model.row == -1 else model.row)
            if model.book.events:
                found = {v: APPLIED if standing is FOREIGN else standing for v, standing in standings(ledger).items()}
                assert found == model.expected(), f"seed {seed}: {model.told}"
