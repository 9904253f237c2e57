"""The tables and plots of a stage's results, for the terminal, notebooks, the WebLog and JSON."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes
    ----------
    title : str
    columns : tuple of str
        Names, with units.
    rows : tuple of tuple
        Texts and numbers; None for an empty cell.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int | float | None, ...], ...]

    def is_number(self, column: int) -> bool:
        """Return whether a column has numbers only."""
        return all(isinstance(row[column], int | float | None) for row in self.rows)


def cell_text(cell: str | float | None) -> str:
    """Return a cell of a table as text, with four significant digits."""
    if cell is None:
        return "-"
    return f"{cell:#.4g}".rstrip(".") if isinstance(cell, float) else str(cell)


@dataclass(frozen=True)
class Curve:
    """A curve of a plot, such as the points of one antenna.

    Attributes
    ----------
    label : str
        Name of the curve.
    x, y : sequence of float
        nan for missing points.
    group : str
        Curves with the same group have the same colour.
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


Exhibit = Table | Plot
