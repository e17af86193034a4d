"""The verbs of `migratekit`: one file each, with `arguments(parser)` and `run(session)`."""

# In the order of `migratekit --help`; the module is imported when its verb is used.
VERBS = {
    "create": "make the files of a new migration",
    "templates": "list the kinds of migrations and what they write",
    "render": "write migration files from templates of your own",
    "headers": "put headers in front of files that have none",
    "up": "apply pending migrations",
    "down": "undo the last migration, or the last N",
    "goto": "go up or down to a version",
    "redo": "undo the last migration and apply it again",
    "plan": "show what would run, without running it",
    "status": "show what is applied and what is pending",
    "history": "show what was applied when, by whom, and what failed",
    "version": "show the database's version",
    "validate": "check files, history and database",
    "verify": "check the database after a migration, with the project's own queries too",
    "release": "begin a release, and confirm it; scripts/production-migrate.sh calls it",
    "report": "show what a release or a run did, as a page and as JSON",
    "preflight": "look for what could go wrong, before anything is touched",
    "repair": "find out what a half-way migration left, and mend it",
    "baseline": "declare what a database has that was made without migrations",
    "force": "set the version without running anything",
    "kept": "list, restore or purge the rows that down files kept",
    "backup": "make, list, verify and remove backups",
    "restore": "put a backup in the place of the database, keeping the old one",
    "drop": "drop everything in the database's schema",
    "wait": "wait until the server answers",
    "db": "start, stop, reset or enter the embedded PostgreSQL",
    "config": "show every setting and where it comes from",
}
ALIASES = {"stamp": "force", "current": "version"}
