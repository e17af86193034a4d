"""`python -m migratekit`."""

from .cli import main

main()
