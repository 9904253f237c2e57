"""Compare the flux scales of execution blocks by a robust joint fit to the flux densities of their calibrators.

The logarithm of a flux density is the sum of the logarithms of the source's flux density and of the block's scale:

    log S = log S(source) + spix(source) log(nu / nu(source)) + log scale(block) + errors

The errors have three parts: errors of single spws, errors that all spws of a source in a block have in common, and the
variability of quasars, which is correlated in time. The prior error of a block's scale is the error of its reference
calibrator. Sources and blocks that do not fit get less weight; the weights follow from Student's t distribution.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .outliers import MAD_PER_SIGMA
from .variability import QUASAR, STEADY, Variability

Array = NDArray[np.float64]

_DEGREES_OF_FREEDOM = 4.0
"""Degrees of freedom of Student's t distribution, customary with outliers (Lange et al. 1989, JASA 84, 881)."""

_SPIX = (-0.6, 0.4)
"""Mean and standard deviation of spectral indices of ALMA's grid calibrators, -0.35 to -0.80 (Guzman et al. 2019)."""

_CURVATURE = 0.2
"""Error of log flux by the square of the distance in log frequency from the source's mean: a representative choice, as
the spectra of ALMA's calibrators are concave (Guzman et al. 2019). It is 5 % between Bands 3 and 6."""

_ANY_FLUX = 10.0
"""Prior standard deviation of the logarithm of an unknown flux density."""

_ODD_SIGMA = 4.0
"""A source that differs by more than this is an outlier; of normal errors 1 in 16 000 is larger."""

_MAX_ITERATIONS = 100
_CONVERGED = 1e-6

_BIWEIGHT = 4.685
"""Tuning constant of Tukey's biweight, for 95 % efficiency with normal errors."""

_LEAST_ERROR = 1e-4
"""Least relative error of a flux density: it keeps the weights finite."""


@dataclass(frozen=True)
class BlockFlux:
    """The flux density of a source in a spw, as measured in an execution block.

    Attributes
    ----------
    block, source : str
    frequency_hz, flux : float
        Hz and Jy.
    own_error : float
        Relative error that is independent from spw to spw.
    shared_error : float
        Relative error that all spws of the source in this block have in common, without the error of the reference.
    time : float
        MJD, s.
    is_variable : bool
        Whether it is a quasar.
    """

    block: str
    source: str
    frequency_hz: float
    flux: float
    own_error: float
    shared_error: float
    time: float
    is_variable: bool = True


@dataclass(frozen=True)
class BlockScale:
    """The flux scale of a block relative to the common one.

    Attributes
    ----------
    block : str
    factor, uncertainty : float
        Factor that the flux densities of the block have to be multiplied by, and its standard error.
    deviation, deviation_uncertainty : float
        Relative deviation of the block from the mean of the others, and its standard error.
    n_sources : int
        Number of sources that it has in common with other blocks.
    others : tuple of str
        The blocks that it was compared with.
    """

    block: str
    factor: float
    uncertainty: float
    deviation: float
    deviation_uncertainty: float
    n_sources: int
    others: tuple[str, ...] = ()

    @property
    def is_significant(self) -> bool:
        """Whether the deviation is more than twice its standard error."""
        return abs(self.deviation) > 2 * self.deviation_uncertainty


@dataclass(frozen=True)
class OddPair:
    """A source whose flux density in a block is an outlier: the residual as a fraction, and in units of its error."""

    block: str
    source: str
    residual: float
    sigma: float


@dataclass(frozen=True)
class Agreement:
    """The result of a joint fit.

    Attributes
    ----------
    blocks : tuple of BlockScale
        In order of the first measurement; only blocks that have a source in common with another one.
    odd : tuple of OddPair
        Sources that changed in a block by more than their variability.
    """

    blocks: tuple[BlockScale, ...]
    odd: tuple[OddPair, ...] = ()


def fit_blocks(fluxes: Sequence[BlockFlux], reference_error: Mapping[str, float]) -> Agreement | None:
    """Fit the flux scales of execution blocks.

    Blocks that no chain of common sources connects are fitted separately, with a common scale for each group.

    Parameters
    ----------
    fluxes : sequence of BlockFlux
        Sources that were measured in one block only are ignored.
    reference_error : mapping of str to float
        Relative error of the flux density of each block's reference calibrator.

    Returns
    -------
    Agreement or None
        None if no two blocks have a source in common.
    """
    shared = _of_several_blocks(fluxes)
    if not shared:
        return None
    fitted = [_fit_group(group, reference_error) for group in _connected(shared)]
    scales = {scale.block: scale for agreement in fitted for scale in agreement.blocks}
    blocks = dict.fromkeys(flux.block for flux in shared)
    odd = tuple(pair for agreement in fitted for pair in agreement.odd)
    return Agreement(tuple(scales[block] for block in blocks), odd)


def _fit_group(fluxes: Sequence[BlockFlux], reference_error: Mapping[str, float]) -> Agreement:
    problem = _Problem.of(fluxes, reference_error)
    scale, covariance, sources = _iterate(problem)
    return Agreement(_scales(problem, scale, covariance), _odd_pairs(problem, sources, scale))


def _of_several_blocks(fluxes: Sequence[BlockFlux]) -> list[BlockFlux]:
    blocks: dict[str, set[str]] = {}
    for flux in fluxes:
        blocks.setdefault(flux.source, set()).add(flux.block)
    return [flux for flux in fluxes if len(blocks[flux.source]) > 1]


def _connected(fluxes: Sequence[BlockFlux]) -> list[list[BlockFlux]]:
    """Return the flux densities of each group of blocks that common sources connect."""
    groups: list[tuple[set[str], list[BlockFlux]]] = []
    for source in dict.fromkeys(flux.source for flux in fluxes):
        of_source = [flux for flux in fluxes if flux.source == source]
        blocks = {flux.block for flux in of_source}
        for other in [group for group in groups if group[0] & blocks]:
            groups.remove(other)
            blocks, of_source = blocks | other[0], other[1] + of_source
        groups.append((blocks, of_source))
    order = {id(flux): number for number, flux in enumerate(fluxes)}
    return [sorted(members, key=lambda flux: order[id(flux)]) for _, members in groups]


@dataclass(frozen=True)
class _Source:
    """The measurements of a source, and the pairs (source, block) to which they belong.

    `pairs` has the block of each pair, `pair` the index of each measurement's pair. `inflation` is added to the
    variance of a pair, and is larger than 0 if the pair does not fit.
    """

    name: str
    log_flux: Array
    log_frequency: Array
    own: Array
    pair: NDArray[np.int64]
    pairs: NDArray[np.int64]
    covariance: Array
    inflation: Array

    @property
    def pair_matrix(self) -> Array:
        """Matrix that assigns measurements to pairs, shape (n, n_pair)."""
        return np.eye(self.pairs.size)[self.pair]

    def design(self, n_block: int) -> Array:
        """Return the derivatives with respect to log flux, spix and the blocks' log scales, shape (n, 2 + n_block)."""
        blocks = np.eye(n_block)[self.pairs[self.pair]]
        return np.column_stack([np.ones_like(self.log_flux), self.log_frequency, blocks])

    def full_covariance(self) -> Array:
        """Return the covariance of the measurements, shape (n, n)."""
        pairs = self.pair_matrix
        inner = self.covariance + np.diag(self.inflation)
        return np.asarray(np.diag(self.own**2) + pairs @ inner @ pairs.T)


@dataclass(frozen=True)
class _Problem:
    blocks: tuple[str, ...]
    prior: Array
    sources: tuple[_Source, ...]

    @classmethod
    def of(cls, fluxes: Sequence[BlockFlux], reference_error: Mapping[str, float]) -> "_Problem":
        blocks = tuple(dict.fromkeys(flux.block for flux in fluxes))
        names = dict.fromkeys(flux.source for flux in fluxes)
        prior = np.array([max(reference_error[block], _LEAST_ERROR) for block in blocks])
        sources = tuple(_source(name, [f for f in fluxes if f.source == name], blocks) for name in names)
        return cls(blocks, prior, sources)


def _source(name: str, fluxes: Sequence[BlockFlux], blocks: tuple[str, ...]) -> _Source:
    of_block = np.array([blocks.index(flux.block) for flux in fluxes])
    pairs, pair = np.unique(of_block, return_inverse=True)
    first = [fluxes[int(np.flatnonzero(pair == i)[0])] for i in range(pairs.size)]
    variability: Variability = QUASAR if fluxes[0].is_variable else STEADY
    shared = np.array([flux.shared_error for flux in first])
    frequency = np.log([flux.frequency_hz for flux in fluxes])
    log_flux = np.log([flux.flux for flux in fluxes])
    pair_frequency = np.bincount(pair.ravel(), frequency) / np.bincount(pair.ravel())
    curvature = _CURVATURE * (pair_frequency - pair_frequency.mean()) ** 2
    return _Source(
        name=name,
        log_flux=log_flux - log_flux.mean(),
        log_frequency=frequency - frequency.mean(),
        own=np.maximum([flux.own_error for flux in fluxes], _LEAST_ERROR),
        pair=pair.ravel(),
        pairs=pairs,
        covariance=variability.covariance(np.array([flux.time for flux in first])) + np.diag(shared**2 + curvature**2),
        inflation=np.zeros(pairs.size),
    )


def _iterate(problem: _Problem) -> tuple[Array, Array, tuple[_Source, ...]]:
    """Return the log scales of the blocks, their covariance, and the sources with the weights of the last fit."""
    scale = _start(problem)
    weight = _student(scale / problem.prior)
    sources = tuple(_reweighted(source, scale) for source in problem.sources)
    covariance = np.zeros((scale.size, scale.size))
    for _ in range(_MAX_ITERATIONS):
        new, covariance = _solve(sources, problem.prior / np.sqrt(weight))
        new = new - _location(new, covariance)
        change = float(np.max(np.abs(new - scale)))
        scale = new
        weight = _student(scale / problem.prior)
        sources = tuple(_reweighted(source, scale) for source in sources)
        if change < _CONVERGED:
            break
    return scale, covariance, sources


def _start(problem: _Problem) -> Array:
    """Return initial log scales: the median over sources of a block's deviation from the median of all blocks."""
    above: list[list[float]] = [[] for _ in problem.blocks]
    for source in problem.sources:
        level = _pair_means(source, source.log_flux - _SPIX[0] * source.log_frequency)
        for block, difference in zip(source.pairs, level - np.median(level), strict=True):
            above[block].append(float(difference))
    return np.array([np.median(differences) for differences in above])


def _pair_means(source: _Source, values: Array) -> Array:
    weight = 1 / source.own**2
    return np.asarray(np.bincount(source.pair, values * weight) / np.bincount(source.pair, weight))


def _student(z: Array) -> Array:
    """Return the weights of residuals in units of their errors, for Student's t distribution."""
    return np.asarray((_DEGREES_OF_FREEDOM + 1) / (_DEGREES_OF_FREEDOM + z**2))


def _solve(sources: Sequence[_Source], prior: Array) -> tuple[Array, Array]:
    """Return the log scales of the blocks and their covariance: generalised least squares, sources eliminated."""
    n_block = prior.size
    normal, right = np.diag(1 / prior**2), np.zeros(n_block)
    for source in sources:
        design = source.design(n_block)
        weighted = np.linalg.solve(source.full_covariance(), np.column_stack([design, source.log_flux]))
        full = design.T @ weighted
        full[0, 0] += 1 / _ANY_FLUX**2
        full[1, 1] += 1 / _SPIX[1] ** 2
        full[1, -1] += _SPIX[0] / _SPIX[1] ** 2
        own, cross = full[:2, :2], full[2:, :2]
        eliminated = cross @ np.linalg.solve(own, full[:2, 2:])
        normal += full[2:, 2:-1] - eliminated[:, :-1]
        right += full[2:, -1] - eliminated[:, -1]
    covariance: Array = np.asarray(np.linalg.inv(normal), dtype=float)
    return np.asarray(covariance @ right), covariance


def _reweighted(source: _Source, scale: Array) -> _Source:
    """Return the source with a larger variance for blocks in which it does not fit."""
    error, variance = _left_out(source, scale)
    weight = _student(error / np.sqrt(variance))
    return replace(source, inflation=np.maximum(1 / weight - 1, 0.0) * variance)


def _left_out(source: _Source, scale: Array) -> tuple[Array, Array]:
    """Return the deviation of each pair from the prediction of the other blocks, and its variance.

    With the inverse K of the covariance of all pairs and their residuals r: the deviation is (K r) / diag(K). Its
    variance is 1 / diag(K), minus the inflation of the pair.
    """
    design = source.design(scale.size)
    level = source.log_flux - design[:, 2:] @ scale
    weighted = np.linalg.solve(source.full_covariance(), np.column_stack([design[:, :2], level]))
    normal = design[:, :2].T @ weighted
    normal[0, 0] += 1 / _ANY_FLUX**2
    normal[1, 1] += 1 / _SPIX[1] ** 2
    normal[1, 2] += _SPIX[0] / _SPIX[1] ** 2
    slope = np.linalg.solve(normal[:, :2], normal[:, 2])[1]
    residual = _pair_means(source, level - slope * source.log_frequency)
    noise = 1 / np.bincount(source.pair, 1 / source.own**2)
    unknown_level = np.full((residual.size, residual.size), _ANY_FLUX**2)
    covariance = source.covariance + np.diag(noise + source.inflation) + unknown_level
    inverse = np.linalg.inv(covariance)
    variance = 1 / np.diag(inverse)
    own_variance: Array = np.maximum(variance - source.inflation, _LEAST_ERROR**2)
    return np.asarray((inverse @ residual) * variance), own_variance


def _location(values: Array, covariance: Array) -> float:
    """Return a robust mean of the values (Tukey's biweight), on which an outlying block has no effect."""
    return float(_location_weights(values, covariance) @ values)


def _location_weights(values: Array, covariance: Array) -> Array:
    """Return the weights for a location; their scale is the robust scatter of the values, or the errors if larger."""
    contrast = np.eye(values.size) - 1 / values.size
    error = np.sqrt(np.maximum(np.diag(contrast @ covariance @ contrast.T), _LEAST_ERROR**2))
    place = float(np.median(values))
    scatter = float(np.median(np.abs(values - place))) / MAD_PER_SIGMA
    sigma = np.maximum(error, scatter)
    weights = np.full(values.size, 1 / values.size)
    for _ in range(_MAX_ITERATIONS):
        u = (values - place) / (_BIWEIGHT * sigma)
        weights = np.where(np.abs(u) < 1, (1 - u**2) ** 2, 0.0) / sigma**2
        weights = weights / weights.sum()
        if abs(weights @ values - place) < _CONVERGED:
            break
        place = float(weights @ values)
    return weights


def _scales(problem: _Problem, scale: Array, covariance: Array) -> tuple[BlockScale, ...]:
    n_block = scale.size
    common = _location_weights(scale, covariance)
    to_common = np.eye(n_block) - common
    error = np.sqrt(np.diag(to_common @ covariance @ to_common.T))
    scales = []
    for i, block in enumerate(problem.blocks):
        contrast = np.eye(n_block)[i] - _weights_of_others(common, i)
        scales.append(
            BlockScale(
                block=block,
                factor=float(np.exp(-scale[i])),
                uncertainty=float(np.exp(-scale[i]) * error[i]),
                deviation=float(np.expm1(contrast @ scale)),
                deviation_uncertainty=float(np.sqrt(contrast @ covariance @ contrast)),
                n_sources=sum(bool(np.any(source.pairs == i)) for source in problem.sources),
                others=tuple(other for other in problem.blocks if other != block),
            )
        )
    return tuple(scales)


def _weights_of_others(common: Array, block: int) -> Array:
    """Return the weights of the common scale of the other blocks; outlying blocks have no weight."""
    weights = common.copy()
    weights[block] = 0.0
    if not weights.any():
        weights = np.ones_like(common)
        weights[block] = 0.0
    return np.asarray(weights / weights.sum())


def _odd_pairs(problem: _Problem, sources: Sequence[_Source], scale: Array) -> tuple[OddPair, ...]:
    """Return the pairs that differ from the prediction of the other blocks by more than `_ODD_SIGMA`."""
    odd = []
    for source in sources:
        error, variance = _left_out(source, scale)
        sigma = error / np.sqrt(variance)
        for i in np.flatnonzero(np.abs(sigma) > _ODD_SIGMA):
            block = problem.blocks[source.pairs[i]]
            odd.append(OddPair(block, source.name, float(np.expm1(error[i])), float(sigma[i])))
    return tuple(odd)
