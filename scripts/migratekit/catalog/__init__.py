"""What a database's schema is made of, as lines that can be compared."""

from .difference import difference
from .snapshot import snapshot

__all__ = ["difference", "snapshot"]
