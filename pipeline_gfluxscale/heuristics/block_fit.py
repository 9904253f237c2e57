"""The joint fit to the flux densities of execution blocks; `block_agreement` describes the model.

The fit is a generalised least-squares solution that is repeated with new weights. Its unknowns are the logarithms of
the blocks' scales; the flux density and the spectral index of each source are eliminated.
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
class Source:
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
class Problem:
    """The data of a fit.

    Attributes
    ----------
    blocks : tuple of str
        Blocks that chains of common sources connect.
    prior : ndarray, shape (n_block,)
        Standard deviation of the logarithm of each block's scale, before the fit.
    sources : tuple of Source
    """

    blocks: tuple[str, ...]
    prior: Array
    sources: tuple[Source, ...]

    @classmethod
    def of(cls, fluxes: Sequence[BlockFlux], reference_error: Mapping[str, float]) -> "Problem":
        """Return the problem of a group of blocks; `reference_error` is the relative error of each reference."""
        blocks = tuple(dict.fromkeys(flux.block for flux in fluxes))
        names = dict.fromkeys(flux.source for flux in fluxes)
        prior = np.array([max(reference_error[block], _LEAST_ERROR) for block in blocks])
        sources = tuple(_source(name, [f for f in fluxes if f.source == name], blocks) for name in names)
        return cls(blocks, prior, sources)


def _source(name: str, fluxes: Sequence[BlockFlux], blocks: tuple[str, ...]) -> Source:
    of_block = np.array([blocks.index(flux.block) for flux in fluxes])
    pairs, pair = np.unique(of_block, return_inverse=True)
    first = [fluxes[int(np.flatnonzero(pair == i)[0])] for i in range(pairs.size)]
    variability: Variability = QUASAR if fluxes[0].is_variable else STEADY
    shared = np.array([flux.shared_error for flux in first])
    frequency = np.log([flux.frequency_hz for flux in fluxes])
    log_flux = np.log([flux.flux for flux in fluxes])
    pair_frequency = np.bincount(pair.ravel(), frequency) / np.bincount(pair.ravel())
    curvature = _CURVATURE * (pair_frequency - pair_frequency.mean()) ** 2
    return Source(
        name=name,
        log_flux=log_flux - log_flux.mean(),
        log_frequency=frequency - frequency.mean(),
        own=np.maximum([flux.own_error for flux in fluxes], _LEAST_ERROR),
        pair=pair.ravel(),
        pairs=pairs,
        covariance=variability.covariance(np.array([flux.time for flux in first])) + np.diag(shared**2 + curvature**2),
        inflation=np.zeros(pairs.size),
    )


def iterate(problem: Problem) -> tuple[Array, Array, tuple[Source, ...]]:
    """Fit the scales of the blocks.

    Returns
    -------
    ndarray, shape (n_block,)
        Natural logarithms of the scales.
    ndarray, shape (n_block, n_block)
        Their covariance.
    tuple of Source
        With the weights of the last iteration.
    """
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


def _start(problem: Problem) -> Array:
    """Return initial log scales: the median over sources of a block's deviation from the median of all blocks."""
    above: list[list[float]] = [[] for _ in problem.blocks]
    for source in problem.sources:
        level = _pair_means(source, source.log_flux - _SPIX[0] * source.log_frequency)
        for block, difference in zip(source.pairs, level - np.median(level), strict=True):
            above[block].append(float(difference))
    return np.array([np.median(differences) for differences in above])


def _pair_means(source: Source, values: Array) -> Array:
    weight = 1 / source.own**2
    return np.asarray(np.bincount(source.pair, values * weight) / np.bincount(source.pair, weight))


def _student(z: Array) -> Array:
    """Return the weights of residuals in units of their errors, for Student's t distribution."""
    return np.asarray((_DEGREES_OF_FREEDOM + 1) / (_DEGREES_OF_FREEDOM + z**2))


def _solve(sources: Sequence[Source], prior: Array) -> tuple[Array, Array]:
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


def _reweighted(source: Source, scale: Array) -> Source:
    """Return the source with a larger variance for blocks in which it does not fit."""
    error, variance = prediction_errors(source, scale)
    weight = _student(error / np.sqrt(variance))
    return replace(source, inflation=np.maximum(1 / weight - 1, 0.0) * variance)


def prediction_errors(source: Source, scale: Array) -> tuple[Array, Array]:
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
    return float(location_weights(values, covariance) @ values)


def location_weights(values: Array, covariance: Array) -> Array:
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
