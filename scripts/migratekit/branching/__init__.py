"""Branches: copies of a database to try things out in, and to throw away; on the same server, or by a service."""

from .clones import Branch, Clones
from .copying import Way
from .marks import Made, checked
from .reach import beyond
from .service import Service

__all__ = ["Branch", "Clones", "Made", "Service", "Way", "beyond", "checked"]
