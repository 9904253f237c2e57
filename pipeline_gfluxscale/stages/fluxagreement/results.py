"""The results of hifa_fluxagreement."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ...domain.flux import FluxMeasurement
from ...files.typed_json import encode
from ...pipeline.basetask import Results
from ...pipeline.context import Context
from ...pipeline.exhibits import Table
from ..comparison.compare import Comparison
from ..comparison.show import tables_of


@dataclass
class FluxAgreementResults(Results):
    """Results of hifa_fluxagreement for one MeasurementSet.

    Attributes
    ----------
    comparison : Comparison or None
        The comparison of all MeasurementSets of the stage.
    equalized : list of FluxMeasurement
        The flux densities whose models were set to the common scale; empty if none was.
    note : str
        A sentence about the models that were written; blank if none were.
    """

    comparison: Comparison | None = None
    equalized: list[FluxMeasurement] = field(default_factory=list)
    note: str = ""

    def exhibits(self) -> Sequence[Table]:
        """Return the blocks, and the calibrators that they have in common."""
        return () if self.comparison is None else tables_of(self.comparison)

    def notes(self) -> list[tuple[str, str, str]]:
        """Return the warnings, and the note about the models."""
        return super().notes() + ([("Note", self.note, "")] if self.note else [])

    def merge_with_context(self, context: Context) -> None:
        """Store the factor of the models with the flux densities."""
        if self.equalized:
            context.observed(self.vis).measurements = tuple(self.equalized)

    def to_dict(self) -> dict[str, Any]:
        """Return the results as JSON-ready basic types."""
        block = None
        if self.comparison is not None:
            block = next((each for each in self.comparison.blocks if each.vis == self.vis), None)
        return super().to_dict() | {"block": encode(block), "note": self.note}

    @classmethod
    def joint_dict(cls, results: Sequence["FluxAgreementResults"]) -> dict[str, Any]:
        """Return the comparison as JSON-ready basic types."""
        return {"agreement": encode(results[0].comparison)} if results[0].comparison else {}
