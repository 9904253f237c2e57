"""What a person wants to see of the results of hifa_gfluxscale."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from ...domain.flux import FluxMeasurement

if TYPE_CHECKING:
    from .results import GFluxscaleResults


def summary(results: "GFluxscaleResults") -> list[RenderableType]:
    """Return what was used, and the table of flux densities."""
    parts: list[RenderableType] = [] if results.error else [_setting(results)]
    if results.measurements:
        parts.append(flux_table(results.measurements))
    return parts


def _setting(results: "GFluxscaleResults") -> Text:
    if results.adopted_from:
        return Text(f"no amplitude calibrator: mean flux densities adopted from {', '.join(results.adopted_from)}")
    selection = results.selection
    words = f"reference {', '.join(results.reference)}; reference antenna {results.refant}"
    if selection.antennas or selection.uvrange:
        antennas = ", ".join(selection.antennas) or "all"
        words += f"; resolved: antennas {antennas}, uv range {selection.uvrange or 'all'}"
    return Text(words)


def flux_table(measurements: Iterable[FluxMeasurement]) -> Table:
    """Return the table of flux densities (Jy)."""
    table = Table(header_style="bold", pad_edge=False, box=box.SIMPLE_HEAD)
    for name in ("Field", "Intents"):
        table.add_column(name, overflow="fold", min_width=8)
    for name in ("Spw", "GHz", "Derived\nJy", "Calibrated\nJy", "±\nstat", "±\nscale", "Cata-\nlogue", "Ratio"):
        table.add_column(name, justify="right", no_wrap=True)
    previous = None
    for m in measurements:
        repeated = m.field_id == previous
        previous = m.field_id
        table.add_row(
            "" if repeated else f"{m.field} #{m.field_id}",
            "" if repeated else ", ".join(m.intents),
            str(m.spw),
            f"{m.frequency_hz / 1e9:.2f}",
            f"{m.derived.stokes.I:.4f}" if m.derived else "-",
            f"{m.calibrated.stokes.I:.4f}" if m.calibrated else "-",
            f"{m.calibrated.uncertainty:.4f}" if m.calibrated else "-",
            f"{m.calibrated.scale_uncertainty:.4f}" if m.calibrated else "-",
            f"{m.catalogue.stokes.I:.4f}" if m.catalogue else "-",
            f"{m.ratio:.3f}" if m.ratio is not None else "-",
        )
    return table
