"""What is looked at before a release: one file a check, each with `check(view)`, which yields results."""

# In the order in which they are looked at and shown; `-` in a name is `_` in its file's.
CHECKS = {
    "server": "the server is a primary, of a version that is supported",
    "history": "the version table is clean, and no file is missed, changed or missing",
    "files": "the files of the pending migrations pass `validate`",
    "commit": "the release is the commit that was asked for, and nothing in the migrations' folder is uncommitted",
    "hours": "the time is within `allowed_hours`, and no freeze is on",
    "rights": "the role may do to each table what the files do",
    "tables": "no big table is rewritten, or locked while it is read",
    "locks": "nobody holds a lock that a file would have to wait for",
    "sessions": "no transaction has been open for long, or idle",
    "timeouts": "a file that waits or runs for too long is stopped",
    "wraparound": "no autovacuum that cannot be interrupted is at work on the tables",
    "connections": "there are connections left",
    "replication": "standbys keep up",
    "slots": "no replication slot holds back the WAL",
    "prepared": "no prepared transaction is forgotten",
    "indexes": "no index is INVALID",
    "extensions": "the server has the extensions that the files create",
    "disk": "there is room for rewritten tables and for the backup",
    "tools": "pg_dump and pg_restore are there, and new enough",
    "backup": "there is a good backup, not too old",
    "drift": "the database is what its applied files make",
}
