"""A PostgreSQL of the project's own: its programs, its place, its process."""

from .binaries import Binaries, find_binaries
from .embedded import Server
from .throwaway import throwaway_server

__all__ = ["Binaries", "Server", "find_binaries", "throwaway_server"]
