"""The comparison of execution blocks as tables."""

from ...infrastructure.exhibits import Table
from .compare import Comparison


def block_table(comparison: Comparison) -> Table:
    """Return the table of the blocks, with the factor that brings each block onto the common scale."""
    rows = tuple(
        (block.vis, block.start or None, block.factor, block.uncertainty, block.score) for block in comparison.blocks
    )
    return Table("Execution blocks", ("MeasurementSet", "Start (UTC)", "Factor", "±", "Score"), rows)


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
