"""What h_tsyscal found for one MeasurementSet."""

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
        The system temperatures (K), by spw that they were measured in; not in JSON, as the table has them.
    spw_map : mapping of int to int
        By science spw: the spw whose system temperatures calibrate it.
    sources : dict of str to str
        By field name: the field whose system temperatures calibrate it.
    applications : list of CalApplication
        The table, and the data that it is for.
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
        return sorted({table.gaintable for each in self.applications for table in each.tables})

    def merge_with_context(self, context: Context) -> None:
        """Leave the system temperatures for later stages."""
        context.calibration = (*context.calibration, *self.applications)

    def exhibits(self) -> list[Exhibit]:
        """Return what calibrates what, and the system temperatures."""
        kelvin = {each.spw: np.ma.masked_array(each.value, each.flag) for each in self.spectra}
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
