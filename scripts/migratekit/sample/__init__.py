"""Sample data: rows for tables, made from what the catalogs say of them."""

from .filling import Filled, Filler
from .order import Order, arrange
from .preparing import Wish
from .schema import Catalog, Table, choose, holds_rows, read_catalog

__all__ = ["Catalog", "Filled", "Filler", "Order", "Table", "Wish", "arrange", "choose", "holds_rows", "read_catalog"]
