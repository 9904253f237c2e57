"""What a stage shows of its results, whoever shows it: a terminal, a notebook, the WebLog, JSON."""

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
        Texts and numbers; None where there is nothing.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int | float | None, ...], ...]

    def is_number(self, column: int) -> bool:
        """Return whether a column holds numbers."""
        return all(isinstance(row[column], int | float | None) for row in self.rows)


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


Exhibit = Table | Plot
