"""Compare the flux scales of execution blocks by a robust joint fit to the flux densities of their calibrators.

The logarithm of a flux density is the sum of the logarithms of the source's flux density and of the block's scale:

    log S = log S(source) + spix(source) log(nu / nu(source)) + log scale(block) + errors

The errors have three parts: errors of single spws, errors that all spws of a source in a block have in common, and the
variability of quasars, which is correlated in time. The prior error of a block's scale is the error of its reference
calibrator. Sources and blocks that do not fit get less weight; the weights follow from Student's t distribution.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .block_fit import Array, BlockFlux, Problem, Source, iterate, location_weights, prediction_errors

_ODD_SIGMA = 4.0
"""A source that differs by more than this is an outlier; of normal errors 1 in 16 000 is larger."""


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
    problem = Problem.of(fluxes, reference_error)
    scale, covariance, sources = iterate(problem)
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


def _scales(problem: Problem, scale: Array, covariance: Array) -> tuple[BlockScale, ...]:
    n_block = scale.size
    common = location_weights(scale, covariance)
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


def _odd_pairs(problem: Problem, sources: Sequence[Source], scale: Array) -> tuple[OddPair, ...]:
    """Return the pairs that differ from the prediction of the other blocks by more than `_ODD_SIGMA`."""
    odd = []
    for source in sources:
        error, variance = prediction_errors(source, scale)
        sigma = error / np.sqrt(variance)
        for i in np.flatnonzero(np.abs(sigma) > _ODD_SIGMA):
            block = problem.blocks[source.pairs[i]]
            odd.append(OddPair(block, source.name, float(np.expm1(error[i])), float(sigma[i])))
    return tuple(odd)
