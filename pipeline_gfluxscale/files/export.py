"""Write results as JSON, as an ECSV table or as a flux.csv."""

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..domain.flux import CatalogueFlux, FluxMeasurement, StokesFlux
from ..domain.reference import ReferenceFlux
from ..system.atomic import write_text_atomically
from .fluxcsv import FluxEntry, write_flux_csv
from .typed_json import encode

if TYPE_CHECKING:
    from astropy.table import QTable


def write_json(path: str | Path, content: Any) -> None:
    """Write dataclasses or basic types as JSON; see `typed_json.encode`."""
    write_text_atomically(path, json.dumps(encode(content), indent=1, allow_nan=False) + "\n")


def measurement_table(
    measurements: Iterable[tuple[str, FluxMeasurement]],
    references: Iterable[tuple[str, ReferenceFlux]] = (),
    meta: Mapping[str, Any] | None = None,
) -> "QTable":
    """Return measurements, and the flux densities of the references, as an astropy table with units.

    Parameters
    ----------
    measurements : iterable of (str, FluxMeasurement)
        Name of the MeasurementSet and measurement. Missing numbers are NaN.
    references : iterable of (str, ReferenceFlux)
        Name of the MeasurementSet, and the flux density of a reference. The table's ``meta["reference_fluxes"]`` has
        all of them; if a spw has a single reference, the rows of the spw have its flux density too.
    meta : mapping of str to basic types, optional
        Further entries of the table's ``meta``.
    """
    from astropy import units as u
    from astropy.table import QTable

    references = list(references)
    of_spw: dict[tuple[str, int], list[ReferenceFlux]] = {}
    for vis, flux in references:
        of_spw.setdefault((vis, flux.spw), []).append(flux)
    rows = [_row(vis, m, of_spw.get((vis, m.spw), [])) for vis, m in measurements]
    units = {"frequency": u.Hz, "bandwidth": u.Hz, "catalogue_age": u.day}
    columns = {name: [row[name] for row in rows] for name in _row("", _EMPTY)}
    table = QTable(
        meta={"reference_fluxes": [{"vis": vis, **encode(flux)} for vis, flux in references], **(meta or {})}
    )
    for name, values in columns.items():
        unit = units.get(name, u.Jy if name in _FLUXES else None)
        table[name] = values * unit if unit is not None and values else values
    return table


_FLUXES = (
    "derived", "derived_uncertainty", "calibrated", "calibrated_uncertainty", "scale_uncertainty",
    "total_uncertainty", "catalogue", "reference_flux",
)  # fmt: skip
_EMPTY = FluxMeasurement("", 0, (), 0, 0.0, 0.0)
_NAN = float("nan")


def _row(vis: str, m: FluxMeasurement, references: Sequence[ReferenceFlux] = ()) -> dict[str, Any]:
    derived, calibrated, catalogue = m.derived, m.calibrated, m.catalogue
    return {
        "vis": vis,
        "field": m.field,
        "field_id": m.field_id,
        "intents": ",".join(m.intents),
        "spw": m.spw,
        "frequency": m.frequency_hz,
        "bandwidth": m.bandwidth_hz,
        "derived": derived.stokes.I if derived else _NAN,
        "derived_uncertainty": derived.uncertainty if derived else _NAN,
        "calibrated": calibrated.stokes.I if calibrated else _NAN,
        "calibrated_uncertainty": calibrated.uncertainty if calibrated else _NAN,
        "scale_uncertainty": calibrated.scale_uncertainty if calibrated else _NAN,
        "total_uncertainty": calibrated.total_uncertainty if calibrated else _NAN,
        "catalogue": catalogue.stokes.I if catalogue else _NAN,
        "catalogue_spix": catalogue.spix if catalogue and catalogue.spix is not None else _NAN,
        "catalogue_origin": catalogue.origin if catalogue else "",
        "catalogue_age": catalogue.age_days if catalogue and catalogue.age_days is not None else _NAN,
        "ratio": m.ratio if m.ratio is not None else _NAN,
        "adopted_from": ",".join(m.adopted_from),
        "reference": ",".join(dict.fromkeys(flux.field for flux in references)),
        "reference_flux": references[0].I if len(references) == 1 and references[0].I is not None else _NAN,
        "reference_origin": "; ".join(dict.fromkeys(flux.origin for flux in references)),
        "model_factor": m.model_factor,
        "caveats": "; ".join(m.caveats),
    }


def write_ecsv(
    path: str | Path,
    measurements: Iterable[tuple[str, FluxMeasurement]],
    references: Iterable[tuple[str, ReferenceFlux]] = (),
    meta: Mapping[str, Any] | None = None,
) -> None:
    """Write measurements, and the flux densities of the references, as ECSV; see `measurement_table`."""
    text = io.StringIO()
    measurement_table(measurements, references, meta).write(text, format="ascii.ecsv")
    write_text_atomically(path, text.getvalue())


def write_derived_flux_csv(path: str | Path, measurements: Iterable[tuple[str, FluxMeasurement]]) -> None:
    """Write the derived flux densities as a flux.csv, which can be the `reffile` of another run."""
    entries = []
    for vis, m in measurements:
        if m.derived is not None:
            spix = m.catalogue.spix if m.catalogue else None
            flux = CatalogueFlux(StokesFlux(**vars(m.derived.stokes)), spix, origin="hifa_gfluxscale")
            comment = f"# field={m.field} intents={','.join(m.intents)} origin=hifa_gfluxscale"
            entries.append(FluxEntry(vis, m.field_id, m.spw, flux, comment=comment))
    write_flux_csv(path, entries)
