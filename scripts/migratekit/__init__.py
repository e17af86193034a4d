"""PostgreSQL schema migrations in plain SQL files."""

__version__ = "0.1.0"
