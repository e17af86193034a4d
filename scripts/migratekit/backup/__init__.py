"""Backups: of one moment, verified, kept for a time, and restored beside the database before they take its place."""

from .contents import estimate
from .integrity import is_complete
from .manifest import Backup, backups, newest
from .tools import ClientTools, NoTools, client_tools

__all__ = ["Backup", "ClientTools", "NoTools", "backups", "client_tools", "estimate", "is_complete", "newest"]
