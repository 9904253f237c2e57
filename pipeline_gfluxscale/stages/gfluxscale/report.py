"""The parts of the printed results of hifa_gfluxscale."""

from collections.abc import Iterable, Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from ...domain.flux import FluxMeasurement
from ...domain.reference import ReferenceFlux
from ...heuristics.resolved import AntennaSelection


def setting(reference: Sequence[str], refant: str, selection: AntennaSelection) -> Text:
    """Return a line with the reference fields, the reference antenna and, of a resolved reference, the selection."""
    words = f"reference {', '.join(reference)}; reference antenna {refant}"
    if selection.antennas or selection.uvrange:
        antennas = ", ".join(selection.antennas) or "all"
        words += f"; resolved: antennas {antennas}, uv range {selection.uvrange or 'all'}"
    return Text(words)


def adoption(names: Sequence[str]) -> Text:
    """Return a line with the names of the MeasurementSets whose flux densities were adopted."""
    return Text(f"no amplitude calibrator: mean flux densities adopted from {', '.join(names)}")


def reference_table(fluxes: Sequence[ReferenceFlux]) -> Table:
    """Return the table of the reference fields' flux densities (Jy), with the sources of their models."""
    table = Table(header_style="bold", box=box.SIMPLE_HEAD, padding=0, show_edge=False)
    table.add_column("Reference", overflow="fold", min_width=8)
    some_replaced = any(flux.replaced is not None for flux in fluxes)
    for name in ("Spw", "GHz", "Model\nJy", *(("Before\nJy",) if some_replaced else ())):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("From", overflow="fold")
    previous = None
    for flux in fluxes:
        repeated, previous = flux.field_id == previous, flux.field_id
        table.add_row(
            Text("" if repeated else f"{flux.field} #{flux.field_id}"),
            str(flux.spw),
            f"{flux.frequency_hz / 1e9:.2f}",
            "-" if flux.I is None else _jy(flux.I),
            *(("" if flux.replaced is None else _jy(flux.replaced),) if some_replaced else ()),
            Text(flux.origin),
        )
    return table


def flux_table(measurements: Iterable[FluxMeasurement]) -> Table:
    """Return the table of flux densities (Jy); its numbers fit into a terminal of 80 columns.

    The table has a column for caveats if any flux density has one.
    """
    measurements = list(measurements)
    has_caveats = any(m.caveats for m in measurements)
    table = Table(header_style="bold", box=box.SIMPLE_HEAD, padding=0, show_edge=False)
    for name in ("Field", "Intents"):
        table.add_column(name, overflow="fold", min_width=8)
    for name in ("Spw", "GHz", "Derived\nJy", "Calibr.\nJy", "±\nstat", "±\nscale", "Catal.\nJy", "Ratio"):
        table.add_column(name, justify="right", no_wrap=True)
    if has_caveats:
        table.add_column("Caveat", overflow="fold", min_width=8, style="red")
    previous = None
    for m in measurements:
        repeated = m.field_id == previous
        previous = m.field_id
        table.add_row(
            Text("" if repeated else f"{m.field} #{m.field_id}"),  # a name is no markup
            "" if repeated else ", ".join(m.intents),
            str(m.spw),
            f"{m.frequency_hz / 1e9:.2f}",
            _jy(m.derived.stokes.I) if m.derived else "-",
            _jy(m.calibrated.stokes.I) if m.calibrated else "-",
            _jy(m.calibrated.uncertainty) if m.calibrated else "-",
            _jy(m.calibrated.scale_uncertainty) if m.calibrated else "-",
            _jy(m.catalogue.stokes.I) if m.catalogue else "-",
            f"{m.ratio:.3f}" if m.ratio is not None else "-",
            *([Text(", ".join(m.caveats))] if has_caveats else []),
        )
    return table


def _jy(flux: float) -> str:
    """Return a flux density (Jy) in at most seven characters, with four decimals if it is less than 100."""
    return f"{flux:.{max(0, 4 - max(0, len(str(int(abs(flux)))) - 2))}f}"
