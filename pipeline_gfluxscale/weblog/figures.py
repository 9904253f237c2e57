"""The figures of the page of hifa_gfluxscale: the plots, their files and captions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from ..domain.flux import FluxMeasurement
from ..stages.gfluxscale.plot_data import GainHistory, PlotData, ReferenceAmplitudes
from ..stages.gfluxscale.results import GFluxscaleResults
from ..stages.gfluxscale.steps.measurements import SpectralFit
from . import plots
from .gain_plot import gains_against_time
from .scores import ScoreRow, score_row
from .svg import size_of
from .tables import pwv_sentence, with_error

MAX_SPW_PLOTS = 8
"""A reference field with more spws gets one plot per baseband, of its widest spw."""

_WHAT_TO_LOOK_FOR = (
    "Look for a slope that differs from the catalogue, and for a spw that is not on the line: a low signal-to-noise "
    "ratio or an atmospheric line may be the reason."
)
_SINGLE_SPW = "Look for a flux density that differs much from the catalogue; a single spw has no slope."


@dataclass(frozen=True)
class Figure:
    """A plot in a file.

    Attributes
    ----------
    file : str
        Name of the SVG file.
    svg : str
        Content of the file.
    title, alt, caption : str
        Heading, description for screen readers, and the text below the plot.
    scores : tuple of ScoreRow
        Scores that are shown with the plot.
    """

    file: str
    svg: str
    title: str
    alt: str
    caption: str
    scores: tuple[ScoreRow, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height (px)."""
        return size_of(self.svg)


def spectra(results: GFluxscaleResults, prefix: str) -> Iterator[Figure]:
    """Yield the flux densities against frequency, one figure per transfer field."""
    fits = {fit.field_id: fit for fit in results.spectral_fits}
    atmosphere = results.plots.atmosphere if results.plots else None
    water = pwv_sentence(results.plots)
    for field_id, members in groupby(results.measurements, key=lambda m: m.field_id):
        group = list(members)
        name, fit = f"{group[0].field} #{field_id}", fits.get(field_id)
        intents = ", ".join(group[0].intents)
        yield Figure(
            file=f"{prefix}-spectrum-{field_id}.svg",
            svg=plots.spectrum(group, fit.fit if fit else None, atmosphere),
            title=f"{name}{f' ({intents})' if intents else ''}",
            alt=f"Flux density of {name} against frequency: {_spectrum_in_words(group)}",
            caption=" ".join(
                sentence
                for sentence in (
                    _fit_in_words(fit),
                    _WHAT_TO_LOOK_FOR if len(group) > 1 else _SINGLE_SPW,
                    f"Grey: zenith transmission for {water}." if water else "",
                )
                if sentence
            ),
            scores=tuple(
                score_row(score, results.vis)
                for score in results.qa
                if score.applies_to.field == group[0].field and score.metric != "completeness"
            ),
        )


def _spectrum_in_words(group: Sequence[FluxMeasurement]) -> str:
    parts = [
        f"{m.calibrated.stokes.I:.4g} Jy at {m.frequency_hz / 1e9:.1f} GHz" for m in group if m.calibrated is not None
    ]
    compared = [m.ratio for m in group if m.ratio is not None]
    shown = ", ".join(parts[:4]) + (f" and {len(parts) - 4} more" if len(parts) > 4 else "") or "not calibrated"
    ratio = f"; {sum(compared) / len(compared):.3f} times the catalogue value" if compared else "; not in the catalogue"
    return shown + ratio


def _fit_in_words(spectrum: SpectralFit | None) -> str:
    if spectrum is None:
        return "Calibrated and catalogue flux densities; no power law could be fitted."
    fit, catalogue_spix = spectrum.fit, spectrum.catalogue_spix
    text = f"{with_error(fit.I, fit.uncertainty)} Jy at {fit.reference_hz / 1e9:.2f} GHz"
    if fit.spix is not None:
        text += f", spectral index {with_error(fit.spix, fit.spix_uncertainty or 0.0)}"
    if catalogue_spix is not None:
        text += f" (catalogue: {catalogue_spix:.2f})"
    return text + "."


def reference_amplitudes(results: GFluxscaleResults, prefix: str) -> Iterator[Figure]:
    """Yield the amplitudes of the reference fields against uv distance, one figure per spw or baseband."""
    data = results.plots
    if data is None:
        return
    limits = {reference.field_id: reference.uv_limit_m for reference in data.references}
    for field_id, members in groupby(data.reference_amplitudes, key=attrgetter("field_id")):
        of_field = list(members)
        for amplitudes in _shown(of_field):
            limit = limits.get(field_id)
            n_used, n_all = sum(amplitudes.selected), len(amplitudes.selected)
            title = f"{amplitudes.field} #{field_id}, spw {amplitudes.spw} ({amplitudes.frequency_hz / 1e9:.2f} GHz)"
            caption = "Calibrated amplitudes should follow the curve of the model."
            if n_used < n_all:
                caption += (
                    f" Dots: the {n_used} of {n_all} points that are used for the flux scale. Crosses are scaled with "
                    "the gains of other fields; amplitudes near zero are too large, because of noise."
                )
            if amplitudes.decimated_from > n_all:
                caption += f" One point in {round(amplitudes.decimated_from / n_all)} is shown."
            if len(of_field) > MAX_SPW_PLOTS:
                caption += f" The widest spw of baseband {amplitudes.baseband}."
            yield Figure(
                file=f"{prefix}-uv-{field_id}-{amplitudes.spw}.svg",
                svg=plots.amplitude_against_uv(amplitudes, limit),
                title=title,
                alt=f"Amplitude against uv distance of {title}: {_amplitudes_in_words(amplitudes, limit)}",
                caption=caption,
            )


def _shown(of_field: list[ReferenceAmplitudes]) -> list[ReferenceAmplitudes]:
    if len(of_field) <= MAX_SPW_PLOTS:
        return of_field
    widest: dict[int, ReferenceAmplitudes] = {}
    for of_spw in of_field:
        if of_spw.baseband not in widest or of_spw.bandwidth_hz > widest[of_spw.baseband].bandwidth_hz:
            widest[of_spw.baseband] = of_spw
    return [widest[baseband] for baseband in sorted(widest)]


def _amplitudes_in_words(data: ReferenceAmplitudes, limit: float | None) -> str:
    if not data.amplitude:
        return "no data"
    shortest = min(range(len(data.uv_distance)), key=data.uv_distance.__getitem__)
    longest = max(range(len(data.uv_distance)), key=data.uv_distance.__getitem__)
    words = (
        f"{data.amplitude[shortest]:.3g} Jy at {data.uv_distance[shortest]:.0f} m, "
        f"{data.amplitude[longest]:.3g} Jy at {data.uv_distance[longest]:.0f} m"
    )
    return words + ("" if limit is None else f"; baselines beyond {limit:.1f} m are not used")


def gains(results: GFluxscaleResults, prefix: str) -> Figure | None:
    """Return the figure of the amplitude gains of all antennas against time; None without any solution."""
    data = results.plots
    if data is None or data.gains is None or not data.gains.antenna:
        return None
    history = data.gains
    caption = (
        "Gains of all spws on the flux scale of the reference, divided by the median of their antenna and spw. Look "
        "for drifts and jumps: if the gain of an antenna changes between the reference and another calibrator, the "
        "change is an error of that calibrator's flux density. Crosses are solutions flagged as outliers, with their "
        "values."
    )
    if history.decimated_from > len(history.antenna):
        caption += f" One solution in {round(history.decimated_from / len(history.antenna))} is shown."
    return Figure(
        file=f"{prefix}-gains.svg",
        svg=gains_against_time(history, data.fields),
        title="Amplitude gain against time",
        alt=f"Amplitude gain against time, one panel per antenna: {_gains_in_words(history, data)}",
        caption=caption,
    )


def _gains_in_words(history: GainHistory, data: PlotData) -> str:
    outliers = [
        (history.antennas[antenna], data.fields.get(str(field), str(field)), spw)
        for antenna, field, spw, amplitude, flagged in zip(
            history.antenna, history.field_id, history.spw, history.amplitude, history.flagged, strict=True
        )
        if flagged and amplitude is not None
    ]
    antennas = len(set(history.antenna))
    if not outliers:
        return f"{antennas} antennas, no solution flagged as an outlier"
    listed = ", ".join(f"{antenna} on {field} in spw {spw}" for antenna, field, spw in outliers[:4])
    more = f" and {len(outliers) - 4} more" if len(outliers) > 4 else ""
    return f"{antennas} antennas; flagged: {listed}{more}"
