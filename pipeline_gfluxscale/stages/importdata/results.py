"""What hifa_importdata found of one MeasurementSet."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from ...domain.dates import utc
from ...domain.measurementset import MeasurementSet
from ...files.fluxcsv import FluxEntry
from ...pipeline.basetask import Results
from ...pipeline.exhibits import Table


@dataclass
class ImportdataResults(Results):
    """Results of hifa_importdata for one MeasurementSet.

    Attributes
    ----------
    ms : MeasurementSet or None
        Not in JSON, as the context has it.
    path : str
        Path of the MeasurementSet; blank if it could not be imported.
    session : str
    fluxes : sequence of FluxEntry
        Entries of flux.csv for this MeasurementSet.
    """

    json_left_out: ClassVar[tuple[str, ...]] = ("ms",)

    ms: MeasurementSet | None = field(default=None, compare=False)
    path: str = ""
    session: str = ""
    fluxes: Sequence[FluxEntry] = field(default_factory=tuple)

    def exhibits(self) -> list[Table]:
        """Return what was observed, and the flux densities that are known."""
        if self.ms is None:
            return []
        ms = self.ms
        facts = (
            ("Path", self.path),
            ("Session", self.session),
            ("Telescope", ms.telescope),
            ("Start", f"{utc(ms.start):%Y-%m-%d %H:%M:%S} UTC"),
            ("Antennas", str(len(ms.antennas))),
            ("Size", f"{sum(f.stat().st_size for f in ms.path.rglob('*') if f.is_file()) / 1e9:.3f} GB"),
        )
        fields = tuple(
            (f"{each.name} #{each.id}", ", ".join(sorted(each.intents)), _scans(ms, each.id)) for each in ms.fields
        )
        science = (ms.spw(spw) for spw in sorted(ms.science_spw_ids))
        spws = tuple(
            (s.id, s.name, s.mean_frequency / 1e9, s.bandwidth / 1e6, s.num_channels, " ".join(s.correlations))
            for s in science
        )
        names = {each.id: each.name for each in ms.fields}
        fluxes = tuple(
            (
                f"{names.get(each.field_id, '?')} #{each.field_id}",
                each.spw,
                each.flux.stokes.I,
                each.flux.spix,
                each.flux.origin or None,
                each.flux.age_days,
            )
            for each in self.fluxes
        )
        return [
            Table("Data", ("What", "Value"), facts),
            Table("Fields", ("Field", "Intents", "Scans"), fields),
            Table("Science spws", ("Spw", "Name", "GHz", "Bandwidth (MHz)", "Channels", "Correlations"), spws),
            Table("Flux densities known before", ("Field", "Spw", "I (Jy)", "Spix", "Origin", "Age (days)"), fluxes),
        ]


def _scans(ms: MeasurementSet, field_id: int) -> str:
    return ", ".join(str(number) for number in sorted({scan.id for scan in ms.scans if scan.field_id == field_id}))
