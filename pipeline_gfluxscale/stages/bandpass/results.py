"""What hifa_bandpass found for one MeasurementSet."""

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
        How the phases were taken out before, in words.
    spws : list of SpwBandpass
        How each spw was solved for.
    bandpass : list of SpectralSolutions
        What was found, by spw; not in JSON, as the table has it.
    application : CalApplication or None
        The table, and the data that it is for.
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
        """Leave the bandpass for later stages."""
        if self.unregister_existing:
            context.calibration = without_tables_of("hifa_bandpass", self.vis, context.calibration)
        if self.application:
            context.calibration = (*context.calibration, self.application)

    def exhibits(self) -> list[Exhibit]:
        """Return how each spw was solved for, and the solutions."""
        flagged = {each.spw: 100 * float(each.flag.mean()) for each in self.bandpass}
        rows = tuple(
            (
                each.spw,
                each.num_channels,
                _number(each.snr),
                each.solint,
                _number(each.solution_snr),
                flagged.get(each.spw),
            )
            for each in self.spws
        )
        columns = ("Spw", "Channels", "SNR of a channel", "Solint", "SNR of a solution", "Flagged %")
        phases = Table("Phases taken out before", ("What was done",), ((self.phase_up,),))
        plots = [
            spectral_plot(each, f"Bandpass of spw {each.spw}: {label.lower()}", label, shown)
            for each in self.bandpass
            for label, shown in (("Amplitude", np.abs), ("Phase (deg)", _degrees))
        ]
        return [phases, Table("Bandpass solutions", columns, rows), *plots]


def _degrees(gain: np.ndarray) -> np.ndarray:
    return np.asarray(np.angle(gain, deg=True))


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
