"""Watching a file from outside while it runs: who is in its way, in whose way it is, and how far it has come."""

from .watcher import Watcher

__all__ = ["Watcher"]
