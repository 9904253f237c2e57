"""Show the comparison of execution blocks as tables."""

from ...pipeline.exhibits import Table
from .compare import Comparison

NOT_COMPARED = "No two blocks have a calibrator in common: their flux scales cannot be compared."


def tables_of(comparison: Comparison) -> tuple[Table, ...]:
    """Return the tables of a comparison that have rows."""
    notes = Table("Notes on the comparison", ("Note",), tuple((note,) for note in comparison.notes))
    return tuple(table for table in (block_table(comparison), source_table(comparison), notes) if table.rows)


def block_table(comparison: Comparison) -> Table:
    """Return the table of the blocks, with the factor that converts each block to the common scale."""
    columns: tuple[str, ...] = ("MeasurementSet", "Start (UTC)", "Factor", "±", "Score")
    rows: list[tuple[str | float | None, ...]] = [
        (block.vis, block.start or None, block.factor, block.uncertainty, block.score) for block in comparison.blocks
    ]
    if any(block.factor is None for block in comparison.blocks):
        columns += ("Not compared",)
        messages = ["" if block.factor is not None else block.message for block in comparison.blocks]
        rows = [(*row, message) for row, message in zip(rows, messages, strict=True)]
    return Table("Execution blocks", columns, tuple(rows))


def source_table(comparison: Comparison) -> Table:
    """Return the table of the calibrators that several blocks have measured."""
    rows = tuple(
        (
            source.field,
            source.frequency_hz / 1e9,
            source.I,
            source.uncertainty,
            source.n,
            source.chi2 / (source.n - 1),
            100 * source.excess,
        )
        for source in comparison.sources
    )
    columns = ("Field", "GHz", "Mean (Jy)", "± (Jy)", "Blocks", "χ² / free", "Excess scatter (%)")
    return Table("Calibrators in several blocks", columns, rows)
