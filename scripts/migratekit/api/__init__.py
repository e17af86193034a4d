"""Migrations from a program: `from migratekit import Migrator`."""
