"""How to do to a large table, without keeping others out, what a statement does to it."""

import re

from ..impact import Mention

# By what stands in the statement, the first that fits.
_RECIPES = (
    (
        r"SET NOT NULL",
        "a CHECK (… IS NOT NULL) that is NOT VALID, validated in a file of its own, spares SET NOT NULL the reading:"
        " `migratekit create make_COLUMN_not_null_on_TABLE`",
    ),
    (
        r"CREATE UNIQUE INDEX|ADD (?:CONSTRAINT \S+ )?UNIQUE",
        "CREATE UNIQUE INDEX CONCURRENTLY, alone in its file, then ADD CONSTRAINT … UNIQUE USING INDEX:"
        " `migratekit create add_unique_COLUMNS_to_TABLE`",
    ),
    (
        r"ADD (?:CONSTRAINT \S+ )?PRIMARY KEY",
        "CREATE UNIQUE INDEX CONCURRENTLY on columns that are NOT NULL, alone in its file, then"
        " ADD PRIMARY KEY USING INDEX",
    ),
    (
        r"^CREATE INDEX",
        "CREATE INDEX CONCURRENTLY, alone in its file: `migratekit create add_index_on_TABLE_COLUMNS`",
    ),
    (
        r"FOREIGN KEY",
        "NOT VALID first, then VALIDATE CONSTRAINT in a file of its own: `migratekit create add_OTHER_fk_to_TABLE`",
    ),
    (
        r"ADD (?:CONSTRAINT \S+ )?CHECK",
        "NOT VALID first, then VALIDATE CONSTRAINT in a file of its own: `migratekit create add_RULE_check_to_TABLE`",
    ),
    (
        r"ALTER (?:COLUMN )?\S+ (?:SET DATA )?TYPE\b",
        "add a column of the new type, fill it in batches (`migratekit create backfill_TABLE_COLUMN`), then change"
        " over to it",
    ),
    (
        r"ADD (?!CONSTRAINT\b|EXCLUDE\b)",
        "add the column without what must be computed for each row, fill it in batches:"
        " `migratekit create backfill_TABLE_COLUMN`, then set default and constraints",
    ),
    (r"^VACUUM|^CLUSTER", "pg_repack does the same while others read and write"),
    (r"^REINDEX", "REINDEX … CONCURRENTLY, alone in its file"),
    (r"^REFRESH", "REFRESH MATERIALIZED VIEW CONCURRENTLY, which needs a unique index on the view"),
    (
        r"ATTACH PARTITION",
        "a CHECK with the bounds of the partition, validated before, spares ATTACH PARTITION the reading",
    ),
)
_OTHERWISE = "run it when nobody needs the table, or raise limits.table_size if that takes no time here"


def recipe(statement: Mention) -> str:
    """What to do in the statement's place."""
    return next((text for words, text in _RECIPES if re.search(words, statement.label, re.IGNORECASE)), _OTHERWISE)
