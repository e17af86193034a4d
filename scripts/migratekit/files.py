"""The migrations of a project: their chain, what each file says of itself, and how each stands in a database."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from .convention import read_chain, source_name
from .engine import Known
from .header import read_header
from .journal import checksum
from .ledger import Facts, Ledger, read_ledger
from .migration import File, Migration
from .reading import read_file, read_program
from .repeatables import FOLDER, read_repeatables, stray_repeatables
from .settings import Settings
from .squashing import read_squashed


@dataclass(slots=True)
class Files:
    """The folder of the migrations; each file is read for its facts once."""

    settings: Settings
    # Is told, once, of files that look like migrations and are none.
    warn: Callable[[str], object] | None = None
    _source: str = field(default="", init=False)
    _facts: dict[int | str, Facts] = field(default_factory=dict, init=False)
    # What was read for its facts and is going to be run.
    _texts: dict[str, bytes] = field(default_factory=dict, init=False)

    def chain(self) -> list[Migration]:
        """The migrations in their folder; SourceError if it cannot be read."""
        warn, self.warn = self.warn, None
        chain = read_chain(self.settings, warn, self.source())
        if warn and self.settings.policies.get("stray") != "off" and (strays := self.stray_repeatables()):
            which = f"{len(strays)} files below {FOLDER}/ are" if strays[1:] else f"a file below {FOLDER}/ is"
            first = f"{strays[0]} is not called {FOLDER}/NAME.sql"
            warn(f"warning: {which} passed over: {first}; `migratekit validate` lists them")
        return chain

    def source(self) -> str:
        """The convention of the files, found out once; UsageError where the folder shows several."""
        self._source = self._source or source_name(self.settings)
        return self._source

    def facts(self, migration: Migration, *, to_run: bool = False) -> Facts:
        """What the up file says of itself; SourceError if it cannot be read. `to_run` keeps its text for `take`."""
        key = migration.title if migration.is_repeatable else migration.version
        if key not in self._facts:
            text = read_file(migration.up) if migration.up else b""
            sql = migration.up.half(text).sql if migration.up else b""
            if migration.up and to_run:
                self._texts[migration.up.path] = text
            header = read_header(sql)
            script = header.get("Script") if migration.up else ""
            program = read_program(migration.up, script) if migration.up and script else b""
            facts = Facts(checksum(sql + program), header.get("Author"), header.directives, header.dependencies)
            facts = facts._replace(squashed=read_squashed(sql))
            self._facts[key] = facts
        return self._facts[key]

    def read(self, file: File) -> bytes:
        """The text of a half; SourceError if it cannot be read."""
        return file.half(read_file(file)).sql

    def take(self, file: File) -> bytes:
        """All of the file, read once for its facts and for the run; SourceError if it cannot be read."""
        return self._texts.pop(file.path, None) or read_file(file)

    def repeatables(self) -> list[Migration]:
        """The files without a version, by name; SourceError if they cannot be read."""
        return read_repeatables(str(self.settings.folder))

    def stray_repeatables(self) -> list[str]:
        """The names of files that look like those and are passed over."""
        return stray_repeatables(str(self.settings.folder))

    def ledger(self, chain: Sequence[Migration], known: Known) -> Ledger:
        """How every migration stands, by files, version row and history."""
        holder = known.holder.pid if known.holder else None
        return read_ledger(chain, known.state, known.events, self.facts, holder=holder, repeatables=self.repeatables())
