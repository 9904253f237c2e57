"""What a stage shows of its results, whoever shows it: a terminal, a notebook, the WebLog, JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes
    ----------
    title : str
    columns : tuple of str
        Names, with units.
    rows : tuple of tuple
        Texts and numbers; None where there is nothing.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | float | None, ...], ...]

    def is_number(self, column: int) -> bool:
        """Return whether a column holds numbers."""
        return all(isinstance(row[column], int | float | None) for row in self.rows)

    def to_dict(self) -> dict[str, Any]:
        """Return the table as JSON-ready basic types."""
        return {"title": self.title, "columns": list(self.columns), "rows": [list(row) for row in self.rows]}

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> "Table":
        """Return the table of basic types; the inverse of `to_dict`."""
        return cls(content["title"], tuple(content["columns"]), tuple(tuple(row) for row in content["rows"]))


def cell_text(cell: str | float | None) -> str:
    """Return a cell of a table as text, with four digits that count."""
    if cell is None:
        return "-"
    return f"{cell:#.4g}" if isinstance(cell, float) else str(cell)


@dataclass(frozen=True)
class Curve:
    """Points of a plot that belong together, such as those of an antenna.

    Attributes
    ----------
    label : str
        What they are of.
    x, y : sequence of float
        nan where there is nothing.
    group : str
        What curves of one colour have in common.
    """

    label: str
    x: Sequence[float]
    y: Sequence[float]
    group: str = ""


@dataclass(frozen=True)
class Plot:
    """A plot.

    Attributes
    ----------
    title, x_label, y_label : str
    curves : tuple of Curve
    """

    title: str
    x_label: str
    y_label: str
    curves: tuple[Curve, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the plot as JSON-ready basic types."""
        curves = [{"label": c.label, "x": list(c.x), "y": list(c.y), "group": c.group} for c in self.curves]
        return {"title": self.title, "x_label": self.x_label, "y_label": self.y_label, "curves": curves}

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> "Plot":
        """Return the plot of basic types; the inverse of `to_dict`."""
        curves = tuple(Curve(**curve) for curve in content["curves"])
        return cls(content["title"], content["x_label"], content["y_label"], curves)


Exhibit = Table | Plot


def exhibit_from_dict(content: dict[str, Any]) -> Exhibit:
    """Return the table or plot of basic types."""
    return Table.from_dict(content) if "rows" in content else Plot.from_dict(content)
