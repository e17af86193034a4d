"""What draws the columns of a table."""

from dataclasses import dataclass, field

from .limits import Demands
from .makers import Drawing, Maker, is_left_out, maker, narrowed
from .schema import Table


class Unfillable(Exception):
    """Why no row can be made for a table, and what to do."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.hint = hint


@dataclass(slots=True)
class Columns:
    """What draws each column of a table; those that the server fills are left out."""

    table: Table
    demands: Demands
    drawing: Drawing
    makers: dict[str, Maker] = field(default_factory=dict)
    # One for each partition, of the columns that decide.
    partitions: list[dict[str, Maker]] = field(default_factory=list)

    def prepare(self, pointing: set[str]) -> None:
        """Finds what draws each column that no foreign key fills."""
        for column in self.table.columns:
            if column.name in pointing or is_left_out(self.drawing.catalog, column) or column.name in self.makers:
                continue
            limits = self.demands.columns[column.name]
            found = maker(self.drawing, column, limits)
            if found is not None:
                self.makers[column.name] = found
            elif limits.required and not column.default:
                kind = self.drawing.catalog.base(column)[0].sql
                raise Unfillable(f"column {column.name} is NOT NULL, and of type {kind} nothing can be made")
        for bounds in self.demands.partitions:
            made = {}
            for name in bounds.keys() - pointing:
                limits = narrowed(self.demands.columns[name], bounds[name])
                found = maker(self.drawing, self.table.column(name), limits)
                if found is not None:
                    made[name] = found
            self.partitions.append(dict(sorted(made.items())))
