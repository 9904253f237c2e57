"""The results of hifa_gfluxscale for one MeasurementSet."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from ...domain.flag_command import AppliedFlag
from ...domain.flux import FluxMeasurement
from ...domain.json_shape import OMITTED_IF_NONE, in_json, named
from ...domain.measurementset import MeasurementSet
from ...domain.qa import AppliesTo, QAScore
from ...domain.reference import ReferenceFlux
from ...heuristics.antenna_use import AntennaUse, antennas_used_score, few_antennas
from ...heuristics.calibration_coverage import Coverage
from ...heuristics.left_out import LeftOut
from ...heuristics.resolved import AntennaSelection
from ...pipeline.basetask import Results, ResultsFile
from ...pipeline.context import Context
from ...pipeline.exhibits import Exhibit
from ..comparison.blocks import ExecutionBlock
from ..comparison.compare import Comparison, compare
from ..comparison.show import tables_of
from .block_findings import block_findings
from .plot_data import PlotData
from .steps.measurements import SpectralFit

if TYPE_CHECKING:
    from rich.console import RenderableType

    # They import the solves, which a page that is rendered from a JSON file does not need.
    from .steps.selection import Selection
    from .steps.solve import Solutions

VERSION = 1
"""Version of the shape of the JSON. It is incremented if a key is renamed or removed, or if its meaning changes."""


@dataclass
class GFluxscaleResults(Results):
    """Results of hifa_gfluxscale for one MeasurementSet.

    Attributes
    ----------
    reference, transfer : list of str
        Names of the fields.
    reference_fluxes : list of ReferenceFlux
        The flux densities of the reference fields by spw, and their sources.
    refant : str
        The reference antenna that was used.
    selection : AntennaSelection
        Antennas and uv range used for the reference calibrator.
    flags : list of str
        CASA flag commands of the outlier solutions.
    averaged_by_casa : list of str
        The calibration that only CASA can apply; this package calibrates and averages all other data.
    user_flags : list of AppliedFlag
        The user's flag commands, with the number of visibilities that each command flagged.
    measurements : list of FluxMeasurement
        Sorted by field id and spw.
    spectral_fits : list of SpectralFit
        The power laws through the flux densities of each field.
    expected : list of (int, int)
        The (field id, spw) pairs for which a flux density was expected.
    assumptions : list of str
        Sentences about assumptions, such as default models or missing calibration.
    caltables : list of str
        The tables that were written.
    plots : PlotData or None
        The data of the WebLog's plots.
    odd_sources : list of str
        Sentences about sources whose flux density differs from the prediction of the other execution blocks.
    """

    json_left_out: ClassVar[tuple[str, ...]] = ("exhibits",)  # `plots` has their data

    reference: list[str] = field(default_factory=list)
    transfer: list[str] = field(default_factory=list)
    reference_fluxes: list[ReferenceFlux] = field(default_factory=list)
    refant: str = ""
    selection: AntennaSelection = field(default_factory=AntennaSelection, metadata=named("resolved"))
    flags: list[str] = field(default_factory=list)
    user_flags: list[AppliedFlag] = field(default_factory=list)
    averaged_by_casa: list[str] = field(default_factory=list)
    measurements: list[FluxMeasurement] = field(default_factory=list)
    spectral_fits: list[SpectralFit] = field(default_factory=list, metadata=named("spectral_fit"))
    expected: list[tuple[int, int]] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)
    caltables: list[str] = field(default_factory=list)
    plots: PlotData | None = None
    odd_sources: list[str] = field(default_factory=list)

    @property
    @in_json
    def adopted_from(self) -> list[str]:
        """Names of the MSs whose flux densities were adopted; empty if the MS has its own."""
        return list(dict.fromkeys(name for m in self.measurements for name in m.adopted_from))

    @property
    def block(self) -> ExecutionBlock:
        """The measured flux densities, for the comparison with other execution blocks."""
        start = self.record.observed if self.record else 0.0
        findings = block_findings(self.selection, self.flags, self.reference, self.transfer, self.record)
        return ExecutionBlock.of(self.vis, start, self.measurements, self.qa, self.reference_fluxes, findings)

    @classmethod
    def joint_exhibits(cls, results: Sequence["GFluxscaleResults"]) -> Sequence[Exhibit]:
        """Return the tables of the comparison of the execution blocks."""
        comparison = compare_results(results)
        return tables_of(comparison) if len(comparison.blocks) > 1 else ()

    @classmethod
    def content_of_file(cls, results: Sequence["GFluxscaleResults"]) -> Any:
        """Return the content of a JSON file: the results and the comparison of the execution blocks."""
        comparison = compare_results(results)
        return GFluxscaleResultsFile(list(results), comparison if len(comparison.blocks) > 1 else None)

    @classmethod
    def unreadable(cls, vis: str, problem: str) -> "GFluxscaleResults":
        """Return the results for a MeasurementSet whose data cannot be read; `problem` is the reason."""
        words = f"{vis}: no flux density was measured, as its data cannot be read"
        score = QAScore("completeness", 0.0, "Data cannot be read", words, 0.0, "fraction", AppliesTo(vis))
        return cls(vis=vis, error=problem, qa=[score])

    def describe(self, selection: "Selection") -> None:
        """Store the fields, the pairs of field and spw for which flux densities are expected, and the warnings."""
        self.reference = [field.name for field in selection.reference]
        self.transfer = [field.name for field in selection.transfer]
        self.expected = selection.expected
        self.warnings += selection.warnings

    def add_solutions(self, solutions: "Solutions") -> None:
        """Store the flags and caltables of the solves."""
        self.flags = [outlier.command for outlier in solutions.outliers]
        tables = [phase.caltable for phase in solutions.phases] + [solutions.amplitudes]
        self.caltables = [str(table) for table in tables if table is not None]

    def add_left_out(self, left_out: LeftOut, ms: MeasurementSet) -> None:
        """Add warnings and a score for unflagged data that were left out of the working copy."""
        self.warnings += left_out.sentences({field.id: field.name for field in ms.fields})
        self.qa += [score for score in [left_out.score(ms.name)] if score is not None]

    def add_user_flags(self, applied: Sequence[AppliedFlag]) -> None:
        """Store the results of the user's flag commands, and add warnings for commands that flag nothing."""
        self.user_flags = list(applied)
        idle = [flag for flag in applied if flag.nothing]
        self.warnings += [f"{flag.command.place}: {flag.nothing}: {flag.command.text}" for flag in idle]

    def judge_antennas(self, uses: Sequence[AntennaUse]) -> None:
        """Add warnings and a score for the numbers of antennas that the flux densities are measured with."""
        score = antennas_used_score(self.vis, uses)
        self.qa += [score] if score is not None else []
        self.warnings += few_antennas(uses)

    def add_coverage(self, coverage: Coverage) -> None:
        """Add warnings, assumptions and a score for missing calibration."""
        self.warnings += coverage.warnings
        self.assumptions += coverage.assumptions
        self.qa.append(coverage.score)

    def failed(self, problem: str) -> "GFluxscaleResults":
        """Return these results with an error."""
        self.error = problem
        return self

    def merge_with_context(self, context: Context) -> None:
        """Store the measurements in the context, for later stages."""
        context.observed(self.vis).measurements = tuple(self.measurements)

    def summary(self) -> "list[RenderableType]":
        """Return the reference and its antennas, and the tables of flux densities."""
        from .report import adoption, flux_table, reference_table, setting

        parts: list[RenderableType] = []
        if not self.error:
            adopted = self.adopted_from
            parts.append(adoption(adopted) if adopted else setting(self.reference, self.refant, self.selection))
        if self.reference_fluxes:
            parts.append(reference_table(self.reference_fluxes))
        if self.measurements:
            parts.append(flux_table(self.measurements))
        return parts

    def notes(self) -> list[tuple[str, str, str]]:
        """Return the flags, warnings, odd sources and assumptions."""
        flagged = [("Flagged", f"{flag.number} visibilities: {flag.command.text}", "") for flag in self.user_flags]
        flagged += [("Flagged", command, "") for command in self.flags]
        lost = [("Warning", warning, "yellow") for warning in self.warnings]
        odd = [("Odd", sentence, "yellow") for sentence in self.odd_sources]
        return flagged + lost + odd + [("Assumed", assumption, "dim") for assumption in self.assumptions]


@dataclass(frozen=True)
class GFluxscaleResultsFile(ResultsFile):
    """The content of a JSON file of results of hifa_gfluxscale.

    Attributes
    ----------
    results : sequence of GFluxscaleResults
        One for each MeasurementSet, in the order of the call.
    agreement : Comparison or None
        The comparison of the execution blocks; it is missing if there are fewer than two.
    version : int
        Version of the shape of the file.
    """

    results: Sequence[GFluxscaleResults]
    agreement: Comparison | None = field(default=None, metadata=OMITTED_IF_NONE)
    version: int = VERSION


def compare_results(results: Sequence[GFluxscaleResults]) -> Comparison:
    """Compare the flux scales of the execution blocks; without scores if fewer than two can be compared."""
    return compare(tuple(of_ms.block for of_ms in results if not of_ms.error))


def add_block_scores(results: Sequence[GFluxscaleResults]) -> None:
    """Add to the results of each block the score for its agreement with the other blocks, and its odd sources."""
    comparison = compare_results(results)
    for of_ms in results:
        of_ms.qa += [score for score in comparison.scores if score.applies_to.vis == of_ms.vis]
        of_ms.odd_sources = [sentence for block, sentence in comparison.odd if block == of_ms.vis]
