"""What hifa_spwphaseup found for one MeasurementSet."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as declared

from ...domain.calibration import CalApplication
from ...domain.json_shape import FLAT, in_json, named
from ...domain.selection import format_ids
from ...domain.spwmap import SpwMap
from ...heuristics.phase_up import PhaseUpChoice
from ...pipeline.basetask import Results
from ...pipeline.callibrary import without_tables_of
from ...pipeline.context import Context
from ...pipeline.exhibits import Table


@dataclass(frozen=True)
class CalibratorPhases:
    """How the phases of a calibrator are solved for.

    Attributes
    ----------
    intent, field : str
    choice : PhaseUpChoice
    reference_time : float
        Time (s) within which a solution has to have its SNR.
    snr : mapping of int to float
        By spw: SNR of a solution within that time, as the data's noise says; nan where unknown.
    achieved : mapping of int to float
        By spw that was solved for: median SNR that the solutions had.
    """

    intent: str
    field: str
    choice: PhaseUpChoice = declared(metadata=FLAT)
    reference_time: float
    snr: Mapping[int, float]
    achieved: Mapping[int, float]


@dataclass
class SpwPhaseupResults(Results):
    """Results of hifa_spwphaseup for one MeasurementSet.

    Attributes
    ----------
    calibrators : list of CalibratorPhases
    offsets : CalApplication or None
        The table of phase offsets between spws, and the data that it is for.
    unregister_existing : bool
        Whether tables of earlier runs of the stage no longer apply.
    """

    calibrators: list[CalibratorPhases] = declared(default_factory=list, metadata=named("spwmaps"))
    offsets: CalApplication | None = None
    unregister_existing: bool = False

    @property
    def spwmaps(self) -> dict[tuple[str, str], SpwMap]:
        """By intent and field name."""
        return {(each.intent, each.field): each.choice.spwmap for each in self.calibrators}

    @property
    @in_json
    def caltables(self) -> list[str]:
        """Paths of the tables."""
        return [table.gaintable for table in self.offsets.tables] if self.offsets else []

    def merge_with_context(self, context: Context) -> None:
        """Leave the spw maps and the phase offsets for later stages."""
        context.observed(self.vis).spwmaps = self.spwmaps
        if self.unregister_existing:
            context.calibration = without_tables_of("hifa_spwphaseup", self.vis, context.calibration)
        if self.offsets:
            context.calibration = (*context.calibration, self.offsets)

    def exhibits(self) -> list[Table]:
        """Return how phases are solved for, and the SNRs."""
        choices = [
            (each.field, each.intent, _words(each.choice.spwmap, each.snr), m.solint, m.gaintype, each.choice.reason)
            for each in self.calibrators
            for m in [each.choice.spwmap]
        ]
        snrs = [
            (each.field, each.intent, spw, each.reference_time, _number(snr), each.choice.limit, each.achieved.get(spw))
            for each in self.calibrators
            for spw, snr in sorted(each.snr.items())
        ]
        columns = ("Field", "Intent", "Spw", "Within s", "Estimated SNR", "Asked for", "Achieved SNR")
        return [
            Table("Phase solves", ("Field", "Intent", "Spws", "Solint", "Gaintype", "Reason"), tuple(choices)),
            Table("SNR of the phase solutions", columns, tuple(snrs)),
        ]


def _words(spwmap: SpwMap, spws: Mapping[int, float]) -> str:
    if spwmap.combine:
        return f"{format_ids(spws)} combined"
    served = [f"{spw} by {spwmap.spwmap[spw]}" for spw in sorted(spws) if spwmap.spwmap and spwmap.spwmap[spw] != spw]
    return f"{format_ids(spws)}; {', '.join(served)}" if served else format_ids(spws)


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
