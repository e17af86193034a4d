"""Writes the expected files of tests/cases/authoring: `.venv/bin/python tests/write_goldens.py [CASE …]`.

What changes is to be read before it is committed: `git diff tests/cases/authoring`.
"""

import sys
import tempfile
from pathlib import Path

from authoring import prepare, read_cases, write_goldens
from conftest import MAJORS, SETTINGS
from migratekit.server import Server
from outcomes import NOWHERE
from runs import fresh_database
from support import Project


def main() -> None:
    """Writes them all, or those of the cases that are named."""
    with tempfile.TemporaryDirectory(prefix="migratekit-") as folder:
        (Path(folder) / "server").mkdir()
        server = Server(Path(folder) / "server", wanted=MAJORS[0], settings=SETTINGS)
        server.start()
        try:
            for case in read_cases():
                if case.name in sys.argv[1:] or not sys.argv[1:]:
                    with fresh_database(server) as database:
                        prepare(case, database)
                        project = Project(Path(folder) / "project", database.url if case.database else NOWHERE)
                        project.migrations.mkdir(parents=True)
                        write_goldens(project, case)
                        print(case.name)
        finally:
            server.remove()


if __name__ == "__main__":
    main()
