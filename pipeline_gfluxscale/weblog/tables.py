"""The tables of the page of hifa_gfluxscale, as texts for the template."""

import math
from dataclasses import dataclass

from ..domain.dates import utc
from ..domain.flux import FluxMeasurement
from ..stages.gfluxscale.plot_data import PlotData
from ..stages.gfluxscale.results import GFluxscaleResults
from .scores import NOTHING


@dataclass(frozen=True)
class Cell:
    """A cell of a table.

    Attributes
    ----------
    text : str
    sort : float, str or None
        The value by which the column is sorted; None for the text.
    note : str
        A further text about the cell.
    """

    text: str
    sort: float | str | None = None
    note: str = ""


@dataclass(frozen=True)
class FluxRow:
    """A row of the table of flux densities; the cells are in the order of `FLUX_COLUMNS`."""

    cells: tuple[Cell, ...]
    missing: bool = False


@dataclass(frozen=True)
class Column:
    """A column: title, unit, whether it has numbers, its group, and an explanation (`hint`)."""

    title: str
    unit: str = ""
    number: bool = True
    group: str = ""
    hint: str = ""


FLUX_COLUMNS = (
    Column("Field", number=False),
    Column("Intents", number=False),
    Column("Spw"),
    Column("Frequency", "GHz"),
    Column("Bandwidth", "MHz"),
    Column("Derived", "Jy", hint="By fluxscale, from the amplitude gains; written to MODEL_DATA"),
    Column("Calibrated", "Jy", hint="Vector average of the calibrated visibilities; the error is from their scatter"),
    Column("Scatter", "%", hint="Statistical uncertainty of the calibrated flux density"),
    Column("Total", "%", hint="Noise and uncertainty of the flux scale together"),
    Column("Catalogue", "Jy"),
    Column("Ratio", hint="Calibrated / catalogue"),
    Column("Index", hint="Spectral index of the catalogue"),
    Column("Origin", number=False, hint="Source of the catalogue value"),
    Column("Age", "d", hint="Days between the catalogue's observation and the data"),
    Column("Caveat", number=False, group="caveat", hint="Why the flux density is doubtful or wrong"),
    *(
        Column(f"{kind} {stokes}", "Jy", group="polarisation")
        for stokes in "QUV"
        for kind in ("Derived", "Calibrated", "Catalogue")
    ),
)


def flux_rows(results: GFluxscaleResults) -> list[FluxRow]:
    """Return a row for every flux density that was measured or expected, by field id and spw."""
    measured = {(m.field_id, m.spw): _flux_row(m) for m in results.measurements}
    names = dict(results.record.fields) if results.record else {}
    names |= dict(results.plots.fields) if results.plots else {}
    names |= {str(m.field_id): m.field for m in results.measurements}
    for field_id, spw in results.expected:
        if (field_id, spw) not in measured:
            blanks = tuple(Cell(NOTHING, "") for _ in FLUX_COLUMNS[3:])
            name = f"{names.get(str(field_id), 'field')} #{field_id}"
            measured[field_id, spw] = FluxRow(
                (Cell(name), Cell("not measured"), Cell(str(spw), spw), *blanks), missing=True
            )
    return [row for _, row in sorted(measured.items(), key=lambda item: item[0])]


def _flux_row(m: FluxMeasurement) -> FluxRow:
    derived, calibrated, catalogue = m.derived, m.calibrated, m.catalogue
    stokes = [None if flux is None else flux.stokes for flux in (derived, calibrated, catalogue)]
    return FluxRow(
        (
            Cell(f"{m.field} #{m.field_id}"),
            Cell((", ".join(m.intents) or NOTHING) + (" (adopted)" if m.adopted_from else "")),
            _number(m.spw, "d"),
            _number(m.frequency_hz / 1e9, ".3f"),
            _number(m.bandwidth_hz / 1e6, ".1f"),
            _flux(derived.stokes.I if derived else None, derived.uncertainty if derived else 0.0),
            _flux(calibrated.stokes.I if calibrated else None, calibrated.uncertainty if calibrated else 0.0),
            _percent(calibrated.stokes.I if calibrated else None, calibrated.uncertainty if calibrated else 0.0),
            _percent(calibrated.stokes.I if calibrated else None, calibrated.total_uncertainty if calibrated else 0.0),
            _flux(catalogue.stokes.I if catalogue else None),
            _number(m.ratio, ".3f"),
            _number(catalogue.spix if catalogue else None, ".2f"),
            Cell((catalogue.origin if catalogue else "") or NOTHING),
            _number(catalogue.age_days if catalogue else None, ".0f"),
            Cell(", ".join(m.caveats) or NOTHING),
            *(_flux(None if flux is None else getattr(flux, name)) for name in "QUV" for flux in stokes),
        )
    )


def with_error(value: float, error: float) -> str:
    """Return a value and its standard error, with two digits of the error up to 35 and one digit beyond.

    Examples
    --------
    >>> with_error(3.34302, 0.00301)
    '3.3430 ± 0.0030'
    >>> with_error(0.61106, 0.00082)
    '0.6111 ± 0.0008'
    """
    if not math.isfinite(value):
        return NOTHING
    if not (math.isfinite(error) and error > 0):
        return f"{value:.4g}" if abs(value) < 1e-3 else f"{value:.4f}"
    exponent = math.floor(math.log10(error))
    digits = min(9, max(0, (1 if error / 10**exponent < 3.55 else 0) - exponent))
    return f"{value:.{digits}f} ± {error:.{digits}f}"


def _flux(value: float | None, error: float = 0.0) -> Cell:
    if value is None or not math.isfinite(value):
        return Cell(NOTHING, "")
    return Cell("0" if value == 0 else with_error(value, error), value)


def _percent(value: float | None, error: float) -> Cell:
    if not value or not error or not math.isfinite(error / value):
        return Cell(NOTHING, "")
    return Cell(f"{100 * error / value:.2f}", 100 * error / value)


def _number(value: float | None, form: str) -> Cell:
    return Cell(NOTHING, "") if value is None or not math.isfinite(value) else Cell(format(value, form), value)


@dataclass(frozen=True)
class AntennaRow:
    """The antennas and uv range used for a reference field; blank means all, as in CASA."""

    field: str
    antennas: str
    uvrange: str
    message: str


def antenna_rows(results: GFluxscaleResults) -> list[AntennaRow]:
    """Return the antennas and uv range used for each reference field."""
    references = results.plots.references if results.plots else ()
    if not references:
        chosen = results.selection
        return [
            AntennaRow(name, ", ".join(chosen.antennas), chosen.uvrange, chosen.message) for name in results.reference
        ]
    return [
        AntennaRow(
            f"{r.field} #{r.field_id}",
            ", ".join(r.antennas),
            "" if r.uv_limit_m is None else f"< {r.uv_limit_m:.1f} m",
            r.message,
        )
        for r in references
    ]


@dataclass(frozen=True)
class ReferenceRow:
    """The flux density of a reference field in a spw, and its source."""

    field: str
    spw: Cell
    frequency: Cell
    flux: Cell
    before: Cell
    origin: str


def reference_rows(results: GFluxscaleResults) -> list[ReferenceRow]:
    """Return the models of the reference fields."""
    return [
        ReferenceRow(
            f"{flux.field} #{flux.field_id}",
            _number(flux.spw, "d"),
            _number(flux.frequency_hz / 1e9, ".3f"),
            _flux(flux.I),
            _flux(flux.replaced),
            flux.origin + (" (resolved: the total flux density)" if flux.is_resolved else ""),
        )
        for flux in results.reference_fluxes
    ]


@dataclass(frozen=True)
class FitRow:
    """The power law through a field's flux densities."""

    field: str
    frequency: Cell
    flux: Cell
    spix: Cell
    catalogue_spix: Cell
    chi2: str


def fit_rows(results: GFluxscaleResults) -> list[FitRow]:
    """Return the fitted spectra, by field id."""
    rows = []
    for spectrum in results.spectral_fits:
        fit = spectrum.fit
        free = fit.n - (1 if fit.spix is None else 2)
        spix = (
            Cell(NOTHING, "") if fit.spix is None else Cell(with_error(fit.spix, fit.spix_uncertainty or 0.0), fit.spix)
        )
        rows.append(
            FitRow(
                f"{spectrum.field} #{spectrum.field_id}",
                _number(fit.reference_hz / 1e9, ".3f"),
                _flux(fit.I, fit.uncertainty),
                spix,
                _number(spectrum.catalogue_spix, ".2f"),
                f"{fit.chi2:.1f} / {free}" if free > 0 else NOTHING,
            )
        )
    return rows


def time_of(mjd_seconds: float) -> str:
    """Return a time (MJD, s) as text (UT); blank for 0, which means unknown."""
    if not 0 < mjd_seconds < 1e10:
        return ""
    return utc(mjd_seconds).strftime("%Y-%m-%d %H:%M UT")


def pwv_sentence(plots: PlotData | None) -> str:
    """Return in words the water vapour for which the transmission was computed."""
    if plots is None or plots.atmosphere is None:
        return ""
    atmosphere = plots.atmosphere
    if atmosphere.pwv_source:
        return f"{atmosphere.pwv_mm:.2f} mm of precipitable water, measured by {atmosphere.pwv_source}"
    return f"an assumed {atmosphere.pwv_mm:.1f} mm of precipitable water, as the data have no measurement"
