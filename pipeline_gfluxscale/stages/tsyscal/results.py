"""The results of h_tsyscal for one MeasurementSet."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from ...casa.spectral_table import SpectralSolutions
from ...domain.calibration import CalApplication
from ...domain.json_shape import in_json
from ...pipeline.basetask import Results
from ...pipeline.context import Context
from ...pipeline.exhibits import Exhibit, Table
from ..shared.spectral_plots import spectral_plot


@dataclass
class TsyscalResults(Results):
    """Results of h_tsyscal for one MeasurementSet.

    Attributes
    ----------
    spectra : list of SpectralSolutions
        The system temperatures (K), by spw of the measurement; not in JSON, as they are in the caltable.
    spw_map : mapping of int to int
        The spw whose system temperatures calibrate a science spw, by science spw.
    sources : dict of str to str
        The field whose system temperatures calibrate a field, by name and id of the field.
    applications : list of CalApplication
        The caltable, and the data to which it is applied.
    """

    json_left_out: ClassVar[tuple[str, ...]] = ("spectra",)

    spectra: list[SpectralSolutions] = field(default_factory=list, repr=False, compare=False)
    spw_map: Mapping[int, int] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    applications: list[CalApplication] = field(default_factory=list)

    @property
    @in_json
    def caltables(self) -> list[str]:
        """Paths of the tables."""
        return sorted({table.gaintable for application in self.applications for table in application.tables})

    def merge_with_context(self, context: Context) -> None:
        """Add the system temperatures to the calibration of the context."""
        context.calibration = (*context.calibration, *self.applications)

    def exhibits(self) -> list[Exhibit]:
        """Return the sources of the system temperatures of spws and fields, and the system temperatures."""
        kelvin = {spectrum.spw: np.ma.masked_array(spectrum.value, spectrum.flag) for spectrum in self.spectra}
        spws = tuple(
            (
                spw,
                measured,
                *(float(q) for q in np.percentile(kelvin[measured].compressed(), (10, 50, 90))),
                100 * float(kelvin[measured].mask.mean()),
            )
            for spw, measured in sorted(self.spw_map.items())
            if measured in kelvin and kelvin[measured].count()  # loaded results have no spectra
        )
        columns = ("Science spw", "Measured in spw", "10 % (K)", "Median (K)", "90 % (K)", "Flagged %")
        return [
            Table("System temperatures of the science spws", columns, spws),
            Table("System temperatures of the fields", ("Field", "Measured on"), tuple(sorted(self.sources.items()))),
            *(spectral_plot(s, f"System temperature in spw {s.spw}", "Tsys (K)", np.real) for s in self.spectra),
        ]
