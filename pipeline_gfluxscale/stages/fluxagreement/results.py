"""The results of hifa_fluxagreement."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from ...domain.flux import FluxMeasurement
from ...domain.json_shape import OMITTED_IF_NONE
from ...pipeline.basetask import Results, ResultsFile
from ...pipeline.context import Context
from ...pipeline.exhibits import Exhibit
from ..comparison.compare import ComparedBlock, Comparison
from ..comparison.show import tables_of


@dataclass
class FluxAgreementResults(Results):
    """Results of hifa_fluxagreement for one MeasurementSet.

    Attributes
    ----------
    comparison : Comparison or None
        The comparison of all MeasurementSets of the stage; in JSON it is written once, on the level of the results.
    block : ComparedBlock or None
        The result of the comparison for this MeasurementSet.
    equalized : list of FluxMeasurement
        The flux densities whose models were set to the common scale; empty if none was.
    note : str
        A sentence about the models that were written; blank if none were.
    """

    json_left_out: ClassVar[tuple[str, ...]] = ("comparison",)

    comparison: Comparison | None = field(default=None, compare=False)
    block: ComparedBlock | None = None
    equalized: list[FluxMeasurement] = field(default_factory=list)
    note: str = ""

    @classmethod
    def joint_exhibits(cls, results: Sequence["FluxAgreementResults"]) -> Sequence[Exhibit]:
        """Return the blocks, and the calibrators that they have in common."""
        comparison = results[0].comparison
        return tables_of(comparison) if comparison is not None and len(results) > 1 else ()

    def notes(self) -> list[tuple[str, str, str]]:
        """Return the warnings, and the note about the models."""
        return super().notes() + ([("Note", self.note, "")] if self.note else [])

    def merge_with_context(self, context: Context) -> None:
        """Store the factor of the models with the flux densities."""
        if self.equalized:
            context.observed(self.vis).measurements = tuple(self.equalized)

    @classmethod
    def content_of_file(cls, results: Sequence["FluxAgreementResults"]) -> Any:
        """Return the content of a JSON file: the results and the comparison."""
        return ComparedResultsFile(list(results), results[0].comparison)


@dataclass(frozen=True)
class ComparedResultsFile(ResultsFile):
    """The content of a JSON file of results that are compared.

    Attributes
    ----------
    agreement : Comparison or None
        The comparison of all MeasurementSets; it is missing if there is none.
    """

    results: Sequence[FluxAgreementResults]
    agreement: Comparison | None = field(default=None, metadata=OMITTED_IF_NONE)
