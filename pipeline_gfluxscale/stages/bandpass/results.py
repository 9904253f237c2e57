"""The results of hifa_bandpass for one MeasurementSet."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from ...casa.spectral_table import SpectralSolutions
from ...domain.calibration import CalApplication
from ...domain.json_shape import in_json
from ...pipeline.basetask import Results
from ...pipeline.callibrary import without_tables_of
from ...pipeline.context import Context
from ...pipeline.exhibits import Exhibit, Table
from ..shared.spectral_plots import spectral_plot
from .solve import SpwBandpass


@dataclass
class BandpassResults(Results):
    """Results of hifa_bandpass for one MeasurementSet.

    Attributes
    ----------
    phase_up : str
        How the phases were removed before the solve, in words.
    spws : list of SpwBandpass
        The parameters of the solve of each spw.
    bandpass : list of SpectralSolutions
        The solutions, by spw; not in JSON, as they are in the caltable.
    application : CalApplication or None
        The caltable, and the data to which it is applied.
    unregister_existing : bool
        Whether tables of earlier runs of the stage no longer apply.
    """

    json_left_out: ClassVar[tuple[str, ...]] = ("bandpass",)

    phase_up: str = ""
    spws: Sequence[SpwBandpass] = ()
    bandpass: list[SpectralSolutions] = field(default_factory=list, repr=False, compare=False)
    application: CalApplication | None = None
    unregister_existing: bool = False

    @property
    @in_json
    def caltables(self) -> list[str]:
        """Paths of the tables."""
        return [table.gaintable for table in self.application.tables] if self.application else []

    def merge_with_context(self, context: Context) -> None:
        """Add the bandpass to the calibration of the context."""
        if self.unregister_existing:
            context.calibration = without_tables_of("hifa_bandpass", self.vis, context.calibration)
        if self.application:
            context.calibration = (*context.calibration, self.application)

    def exhibits(self) -> list[Exhibit]:
        """Return how each spw was solved for, and the solutions."""
        flagged = {solutions.spw: 100 * float(solutions.flag.mean()) for solutions in self.bandpass}
        rows = tuple(
            (
                solve.spw,
                solve.num_channels,
                _number(solve.snr),
                solve.solint,
                _number(solve.solution_snr),
                flagged.get(solve.spw),
            )
            for solve in self.spws
        )
        columns = ("Spw", "Channels", "SNR of a channel", "Solint", "SNR of a solution", "Flagged %")
        phases = Table("Phases removed before the solve", ("What was done",), ((self.phase_up,),))
        plots = [
            spectral_plot(solutions, f"Bandpass of spw {solutions.spw}: {label.lower()}", label, shown)
            for solutions in self.bandpass
            for label, shown in (("Amplitude", np.abs), ("Phase (deg)", _degrees))
        ]
        return [phases, Table("Bandpass solutions", columns, rows), *plots]


def _degrees(gain: np.ndarray) -> np.ndarray:
    return np.asarray(np.angle(gain, deg=True))


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
