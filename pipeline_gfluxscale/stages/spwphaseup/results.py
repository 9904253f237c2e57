"""The results of hifa_spwphaseup for one MeasurementSet."""

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
        Time (s) within which a solution has to reach the SNR that it needs.
    snr : mapping of int to float
        SNR of a solution within that time, estimated from the noise of the data, by spw; nan if it is not known.
    achieved : mapping of int to float
        Median SNR of the solutions, by spw that was solved for.
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
        The table of phase offsets between spws, and the data to which it is applied.
    unregister_existing : bool
        Whether tables of earlier runs of the stage no longer apply.
    """

    calibrators: list[CalibratorPhases] = declared(default_factory=list, metadata=named("spwmaps"))
    offsets: CalApplication | None = None
    unregister_existing: bool = False

    @property
    def spwmaps(self) -> dict[tuple[str, str], SpwMap]:
        """The parameters of the phase solves, by intent and field name."""
        return {(phases.intent, phases.field): phases.choice.spwmap for phases in self.calibrators}

    @property
    @in_json
    def caltables(self) -> list[str]:
        """Paths of the tables."""
        return [table.gaintable for table in self.offsets.tables] if self.offsets else []

    def merge_with_context(self, context: Context) -> None:
        """Store the spw maps and the phase offsets in the context, for later stages."""
        context.observed(self.vis).spwmaps = self.spwmaps
        if self.unregister_existing:
            context.calibration = without_tables_of("hifa_spwphaseup", self.vis, context.calibration)
        if self.offsets:
            context.calibration = (*context.calibration, self.offsets)

    def exhibits(self) -> list[Table]:
        """Return the parameters of the phase solves, and the SNRs."""
        choices = [
            (p.field, p.intent, _words(p.choice.spwmap, p.snr), m.solint, m.gaintype, p.choice.reason)
            for p in self.calibrators
            for m in [p.choice.spwmap]
        ]
        snrs = [
            (p.field, p.intent, spw, p.reference_time, _number(snr), p.choice.limit, p.achieved.get(spw))
            for p in self.calibrators
            for spw, snr in sorted(p.snr.items())
        ]
        columns = ("Field", "Intent", "Spw", "Interval (s)", "Expected SNR", "SNR needed", "Achieved SNR")
        return [
            Table("Phase solves", ("Field", "Intent", "Spws", "Solint", "Gaintype", "Reason"), tuple(choices)),
            Table("SNR of the phase solutions", columns, tuple(snrs)),
        ]


def _words(spwmap: SpwMap, spws: Mapping[int, float]) -> str:
    if spwmap.combine:
        return f"{format_ids(spws)} combined"
    mapped = [f"{spw} by {spwmap.spwmap[spw]}" for spw in sorted(spws) if spwmap.spwmap and spwmap.spwmap[spw] != spw]
    return f"{format_ids(spws)}; {', '.join(mapped)}" if mapped else format_ids(spws)


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
