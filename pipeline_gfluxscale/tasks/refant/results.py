"""What hif_refant found for one MeasurementSet."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...infrastructure.basetask import Results
from ...infrastructure.context import Context

if TYPE_CHECKING:
    from rich.console import RenderableType


@dataclass
class RefantResults(Results):
    """Results of hif_refant for one MeasurementSet.

    Attributes
    ----------
    refant : list of str
        The antennas, best first.
    unflagged : dict of str to float
        Fraction of each antenna's calibrator data that is not flagged.
    """

    refant: list[str] = field(default_factory=list)
    unflagged: dict[str, float] = field(default_factory=dict)

    def merge_with_context(self, context: Context) -> None:
        """Leave the ranked antennas for later stages."""
        context.observed(self.vis).reference_antennas = tuple(self.refant)

    def summary(self) -> "list[RenderableType]":
        """Return the best antennas."""
        from rich.text import Text

        return [Text(f"reference antennas {', '.join(self.refant[:5])}")] if self.refant else []

    def to_dict(self) -> dict[str, Any]:
        """Return the results as JSON-ready basic types."""
        return {
            "vis": self.vis,
            "error": self.error,
            "warnings": list(self.warnings),
            "refant": list(self.refant),
            "unflagged": dict(self.unflagged),
            "qa": [score.to_dict() for score in self.qa],
            "elapsed_s": dict(self.elapsed),
        }
