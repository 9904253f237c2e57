"""Results as a person reads them in a terminal."""

from collections.abc import Iterable

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from ..domain.flux import FluxMeasurement
from ..domain.qa import QAScore
from ..tasks.gfluxscale.results import GFluxscaleResults

_COLOURS = {"green": "green", "blue": "bright_blue", "yellow": "yellow", "red": "red"}


def print_results(results: Iterable[GFluxscaleResults], console: Console | None = None) -> None:
    """Print the results of each MeasurementSet: the flux densities, the scores, and what was noticed."""
    console = console or Console()
    for each in results:
        console.print(report(each))


def report(results: GFluxscaleResults) -> RenderableType:
    """Return the results of one MeasurementSet."""
    parts: list[RenderableType] = [Text(f"\n{results.vis}", style="bold")]
    if results.error:
        parts.append(Text(f"Failed: {results.error}", style="bold red"))
    else:
        parts.append(_setting(results))
    if results.measurements:
        parts.append(flux_table(results.measurements))
    parts += [_score(score) for score in results.qa]
    parts += [Text(f"Flagged: {command}") for command in results.flags]
    parts += [Text(f"Lost: {warning}", style="yellow") for warning in results.warnings]
    parts += [Text(f"Assumed: {assumption}", style="dim") for assumption in results.assumptions]
    return Group(*parts)


def _setting(results: GFluxscaleResults) -> Text:
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


def _score(score: QAScore) -> Text:
    text = Text(f"QA {score.score:4.2f} {score.metric}: ", style=_COLOURS[score.band])
    return text.append(score.longmsg)
