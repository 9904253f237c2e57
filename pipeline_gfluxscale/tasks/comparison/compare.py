"""Compare the flux densities of several execution blocks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ...casa.solar_system import is_solar_system_object
from ...domain.dates import utc
from ...domain.flux import FluxMeasurement
from ...domain.flux_standards import flux_standard_of
from ...domain.qa import QAScore
from ...heuristics.block_agreement import BlockFlux, BlockScale, OddPair, fit_blocks
from ...heuristics.block_scores import block_score, stated_accuracy
from ...heuristics.spectral_fit import fit_power_law

# Relative error that the fit uses for a flux density without an error.
_LEAST_ERROR = 1e-3

# The scores of a block below this are named if its flux scale deviates.
_SUSPICIOUS = 0.9


@dataclass(frozen=True)
class ExecutionBlock:
    """The flux densities of an execution block.

    Attributes
    ----------
    vis : str
        Name of the MeasurementSet.
    start : float
        MJD, s; 0 if that is not known.
    measurements : tuple of FluxMeasurement
    qa : tuple of QAScore
        Its scores, which may explain a deviation.
    """

    vis: str
    start: float
    measurements: tuple[FluxMeasurement, ...]
    qa: tuple[QAScore, ...] = ()

    @classmethod
    def of(
        cls, vis: str, start: float, measurements: Iterable[FluxMeasurement], qa: Iterable[QAScore] = ()
    ) -> "ExecutionBlock":
        """Return a block with the flux densities that it measured itself: adopted ones are from other blocks."""
        own = tuple(m for m in measurements if _is_own(m))
        return cls(vis, start, own, tuple(score for score in qa if score.metric != "block_agreement"))

    @property
    def label(self) -> str:
        """Name and start, which distinguish it from another block of the same name."""
        return f"{self.vis} {utc(self.start):%Y-%m-%d %H:%M}" if self.start else self.vis

    @property
    def frequency_hz(self) -> float:
        """Mean frequency of its flux densities (Hz)."""
        return float(np.mean([m.frequency_hz for m in self.measurements]))


@dataclass(frozen=True)
class ComparedBlock:
    """The result of the comparison for a block.

    Attributes
    ----------
    vis, start : str
        Name, and start as ISO 8601 in UTC; blank if that is not known.
    factor, uncertainty : float or None
        Factor that brings its flux densities onto the common scale; None for a block that has no calibrator in common
        with another one.
    score : float or None
    message : str
    """

    vis: str
    start: str
    factor: float | None
    uncertainty: float | None
    score: float | None
    message: str


@dataclass(frozen=True)
class SourcePoint:
    """The flux density of a source in a block.

    Attributes
    ----------
    vis, start : str
    I, uncertainty : float
        Jy; the uncertainty is the total one, and includes that of the block's reference.
    carried : bool
        Whether it was converted to this frequency with the fitted spectral index.
    """

    vis: str
    start: str
    I: float
    uncertainty: float
    carried: bool = False


@dataclass(frozen=True)
class ComparedSource:
    """The flux densities of a source at a frequency in all blocks.

    Attributes
    ----------
    field : str
    frequency_hz : float
    I, uncertainty : float
        Weighted mean and its standard error (Jy).
    chi2 : float
        Chi squared of the flux densities about the mean.
    n : int
        Number of blocks.
    excess : float
        Relative scatter in excess of the uncertainties.
    points : tuple of SourcePoint
        In order of time.
    """

    field: str
    frequency_hz: float
    I: float
    uncertainty: float
    chi2: float
    n: int
    excess: float
    points: tuple[SourcePoint, ...]


@dataclass(frozen=True)
class Comparison:
    """The result for several blocks.

    Attributes
    ----------
    blocks : tuple of ComparedBlock
        In order of time.
    sources : tuple of ComparedSource
        Sources that were measured in more than one block, by name and frequency.
    odd : tuple of (str, str)
        Block, and a sentence about a source that changed in it by more than quasars usually do.
    scores : tuple of QAScore
        One for each block that could be compared.
    """

    blocks: tuple[ComparedBlock, ...]
    sources: tuple[ComparedSource, ...]
    odd: tuple[tuple[str, str], ...]
    scores: tuple[QAScore, ...]

    def factor(self, vis: str) -> float | None:
        """Return the factor of a block by name; None if it has no factor, or if two blocks have that name."""
        factors = [block.factor for block in self.blocks if block.vis == vis]
        return factors[0] if len(factors) == 1 else None


def _is_own(m: FluxMeasurement) -> bool:
    return m.calibrated is not None and m.calibrated.stokes.I > 0 and not m.adopted_from


@lru_cache(maxsize=8)
def compare(blocks: tuple[ExecutionBlock, ...]) -> Comparison:
    """Compare the flux scales of execution blocks.

    Parameters
    ----------
    blocks : tuple of ExecutionBlock
    """
    ordered = sorted(blocks, key=lambda block: (block.start, block.vis))
    measured = [block for block in ordered if block.measurements]
    labels = _labels(measured)
    fluxes = [flux for block in measured for flux in _fluxes(block, labels[id(block)])]
    errors = {labels[id(block)]: _reference_error(block) for block in measured}
    agreement = fit_blocks(fluxes, errors)
    scales = {scale.block: scale for scale in agreement.blocks} if agreement else {}
    compared, scores = [], []
    for block in ordered:
        scale = scales.get(labels.get(id(block), ""))
        score = _score(block, scale, [labels[id(b)] for b in measured if b is not block]) if scale else None
        compared.append(_compared(block, scale, score))
        scores += [score] if score else []
    return Comparison(
        blocks=tuple(compared),
        sources=tuple(_sources(measured)),
        odd=tuple((pair.block, _sentence(pair)) for pair in agreement.odd) if agreement else (),
        scores=tuple(scores),
    )


def _labels(blocks: Sequence[ExecutionBlock]) -> dict[int, str]:
    """Return the name of each block by its identity, with the start or a number added if names are the same."""
    names = [block.vis for block in blocks]
    labels: dict[int, str] = {}
    for block in blocks:
        label = block.vis if names.count(block.vis) == 1 else block.label
        taken = set(labels.values())
        number = 2
        while label in taken:
            label, number = f"{block.label} ({number})", number + 1
        labels[id(block)] = label
    return labels


def _fluxes(block: ExecutionBlock, label: str) -> list[BlockFlux]:
    fluxes = []
    for m in block.measurements:
        assert m.calibrated is not None  # of an ExecutionBlock
        flux = m.calibrated.stokes.I
        fluxes.append(
            BlockFlux(
                block=label,
                source=m.field,
                frequency_hz=m.frequency_hz,
                flux=flux,
                own_error=m.calibrated.own_uncertainty / flux,
                shared_error=m.calibrated.shared_uncertainty / flux,
                time=block.start,
                is_variable=not (is_solar_system_object(m.field) or flux_standard_of(m.field)),
            )
        )
    return fluxes


def _reference_error(block: ExecutionBlock) -> float:
    """Return the relative error of the flux density of a block's reference: the accuracy that ALMA states."""
    return stated_accuracy(block.frequency_hz)


def _score(block: ExecutionBlock, scale: BlockScale, others: list[str]) -> QAScore:
    suspicious = [each for each in block.qa if each.score < _SUSPICIOUS]
    lowest = sorted(suspicious, key=lambda each: each.score)[:3]
    return block_score(
        block.vis, scale, block.frequency_hz, others, [f"{each.metric}: {each.shortmsg}" for each in lowest]
    )


def _compared(block: ExecutionBlock, scale: BlockScale | None, score: QAScore | None) -> ComparedBlock:
    if scale is None or score is None:
        why = "it has no calibrator in common with another block" if block.measurements else "it has no flux densities"
        return ComparedBlock(block.vis, _iso(block.start), None, None, None, why)
    return ComparedBlock(block.vis, _iso(block.start), scale.factor, scale.uncertainty, score.score, score.longmsg)


def _iso(start: float) -> str:
    return f"{utc(start):%Y-%m-%dT%H:%M:%SZ}" if start else ""


def _sentence(pair: OddPair) -> str:
    return (
        f"{pair.source} in {pair.block} is {pair.residual:+.0%} ({abs(pair.sigma):.1f} sigma) from the prediction "
        "of the other blocks: the source has changed, or its data are bad; it has less weight in that block's scale"
    )


def _sources(blocks: Sequence[ExecutionBlock]) -> list[ComparedSource]:
    names = sorted({m.field for block in blocks for m in block.measurements})
    return [source for name in names for source in _at_all_frequencies(name, blocks)]


def _at_all_frequencies(name: str, blocks: Sequence[ExecutionBlock]) -> list[ComparedSource]:
    having = [block for block in blocks if any(m.field == name for m in block.measurements)]
    if len(having) < 2:
        return []
    return [_at_frequency(name, frequency, having) for frequency in _common_frequencies(name, having)]


def _common_frequencies(name: str, blocks: Sequence[ExecutionBlock]) -> list[float]:
    """Return the frequencies (Hz) of the spws that at least two blocks have; the mean frequency if there are none.

    Spws are the same where their centres differ by less than half of the narrower bandwidth: the Doppler shift of sky
    frequencies moves them from block to block.
    """
    spws = sorted(
        (m.frequency_hz, m.bandwidth_hz, number)
        for number, block in enumerate(blocks)
        for m in block.measurements
        if m.field == name
    )
    groups: list[list[tuple[float, float, int]]] = []
    for spw in spws:
        if groups and spw[0] - groups[-1][0][0] < min(spw[1], groups[-1][0][1]) / 2:
            groups[-1].append(spw)
        else:
            groups.append([spw])
    common = [group for group in groups if len({number for _, _, number in group}) > 1]
    return [float(np.mean([spw[0] for spw in group])) for group in common] or [float(np.mean([spw[0] for spw in spws]))]


def _at_frequency(name: str, frequency_hz: float, blocks: Sequence[ExecutionBlock]) -> ComparedSource:
    points = [_point(name, frequency_hz, block) for block in blocks]
    flux, error = np.array([p.I for p in points]), np.array([p.uncertainty for p in points])
    weight = 1 / error**2
    mean = float(np.sum(weight * flux) / np.sum(weight))
    chi2 = float(np.sum(((flux - mean) / error) ** 2))
    excess = max(0.0, float(np.var(flux, ddof=1) - np.mean(error**2))) ** 0.5 / mean
    return ComparedSource(
        name, frequency_hz, mean, float(np.sum(weight) ** -0.5), chi2, len(points), float(excess), tuple(points)
    )


def _point(name: str, frequency_hz: float, block: ExecutionBlock) -> SourcePoint:
    """Return the flux density of the nearest spw, converted with the fitted spectrum if that is another spw."""
    mine = [m for m in block.measurements if m.field == name]
    nearest = min(mine, key=lambda m: abs(m.frequency_hz - frequency_hz))
    assert nearest.calibrated is not None  # of an ExecutionBlock
    flux, error = nearest.calibrated.stokes.I, nearest.calibrated.total_uncertainty
    carried = abs(nearest.frequency_hz - frequency_hz) > nearest.bandwidth_hz / 2
    if carried:
        flux, there_error = _carried(mine, frequency_hz)
        error = max(error, there_error)
    error = float(np.hypot(error, _reference_error(block) * flux))
    return SourcePoint(block.vis, _iso(block.start), flux, error, carried)


def _carried(measurements: Sequence[FluxMeasurement], frequency_hz: float) -> tuple[float, float]:
    """Return the flux density (Jy) of the fitted power law at a frequency, and its standard error."""
    points = [(m.frequency_hz, m.calibrated) for m in measurements if m.calibrated is not None]
    fit = fit_power_law(
        [frequency for frequency, _ in points],
        [flux.stokes.I for _, flux in points],
        [flux.own_uncertainty or flux.total_uncertainty or _LEAST_ERROR * flux.stokes.I for _, flux in points],
        shared_error=float(np.mean([flux.shared_uncertainty / flux.stokes.I for _, flux in points])),
    )
    assert fit is not None  # there is a flux density
    return fit.evaluate(frequency_hz)
