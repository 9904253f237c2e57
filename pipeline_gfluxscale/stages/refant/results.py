"""The results of hif_refant for one MeasurementSet."""

from dataclasses import dataclass, field

from ...pipeline.basetask import Results
from ...pipeline.context import Context
from ...pipeline.exhibits import Table


@dataclass
class RefantResults(Results):
    """Results of hif_refant for one MeasurementSet.

    Attributes
    ----------
    refant : list of str
        The antennas, best first.
    unflagged : dict of str to float
        Fraction of each antenna's calibrator data that is not flagged, by name of the antenna.
    """

    refant: list[str] = field(default_factory=list)
    unflagged: dict[str, float] = field(default_factory=dict)

    def merge_with_context(self, context: Context) -> None:
        """Store the ranked antennas in the context, for later stages."""
        context.observed(self.vis).reference_antennas = tuple(self.refant)

    def exhibits(self) -> list[Table]:
        """Return the ranking."""
        rows = [
            (rank, name, None if not self.unflagged else 100 * self.unflagged[name])
            for rank, name in enumerate(self.refant, start=1)
        ]
        return [Table("Reference antennas, best first", ("Rank", "Antenna", "Unflagged %"), tuple(rows))]
