"""Compare the flux densities of several execution blocks."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ...domain.flux import FluxMeasurement
from ...domain.flux_standards import flux_standard_of
from ...domain.qa import QAScore
from ...heuristics.block_agreement import Agreement, BlockScale, OddPair, fit_blocks
from ...heuristics.block_fit import BlockFlux
from ...heuristics.block_scores import block_score
from .blocks import ExecutionBlock, relative_errors
from .sources import ComparedSource, sources_of

# If the flux scale of a block deviates, the message names the block's scores below this.
_SUSPICIOUS = 0.9

# Frequencies that differ by less than this fraction are the same for the flux density of a reference.
_SAME_FREQUENCY = 0.01

# If the flux scale of a block deviates, the message names its references whose flux densities differ from the values in
# the other blocks by more than this fraction.
_OTHER_REFERENCE = 0.02


@dataclass(frozen=True)
class ComparedBlock:
    """The result of the comparison for a block.

    Attributes
    ----------
    vis, start : str
        Name, and start as ISO 8601 in UTC; blank if that is not known.
    factor, uncertainty : float or None
        Factor that converts the block's flux densities to the common scale, and its standard error; None for a block
        without a calibrator in common with another block.
    score : float or None
        The score for the agreement; None without a factor.
    message : str
        The comparison, or why there is none, in words.
    """

    vis: str
    start: str
    factor: float | None
    uncertainty: float | None
    score: float | None
    message: str


@dataclass(frozen=True)
class Comparison:
    """The result of the comparison for all blocks.

    Attributes
    ----------
    blocks : tuple of ComparedBlock
        In order of time.
    sources : tuple of ComparedSource
        Sources that were measured in more than one block, by name and frequency.
    odd : tuple of (str, str)
        Name of a block, and a sentence about a source that changed in the block by more than quasars usually do.
    scores : tuple of QAScore
        One score per block that could be compared.
    notes : tuple of str
        Sentences about what was compared.
    """

    blocks: tuple[ComparedBlock, ...]
    sources: tuple[ComparedSource, ...]
    odd: tuple[tuple[str, str], ...]
    scores: tuple[QAScore, ...]
    notes: tuple[str, ...] = ()

    def factor(self, vis: str) -> float | None:
        """Return the factor of a block by name; None if it has no factor, or if two blocks have that name."""
        factors = [block.factor for block in self.blocks if block.vis == vis]
        return factors[0] if len(factors) == 1 else None


@lru_cache(maxsize=8)
def compare(blocks: tuple[ExecutionBlock, ...]) -> Comparison:
    """Compare the flux scales of execution blocks.

    Parameters
    ----------
    blocks : tuple of ExecutionBlock
        Equal results of the same block count once.
    """
    ordered = sorted(blocks, key=lambda block: (block.start, block.vis))
    repeated = _repeated(ordered)
    measured = [block for block in ordered if block.measurements and id(block) not in repeated]
    labels = _labels(measured)
    fluxes = [flux for block in measured for flux in _fluxes(block, labels[id(block)])]
    errors = {labels[id(block)]: block.reference_error for block in measured}
    agreement = fit_blocks(fluxes, errors)
    scales = {scale.block: scale for scale in agreement.blocks} if agreement else {}
    compared, scores = [], []
    for block in ordered:
        scale = scales.get(labels.get(id(block), ""))
        score = _score(block, scale, measured) if scale else None
        why = _why_not(block, id(block) in repeated, is_alone=len(measured) < 2)
        compared.append(_compared(block, scale, score, why))
        scores += [score] if score else []
    return Comparison(
        blocks=tuple(compared),
        sources=tuple(sources_of(measured)),
        odd=tuple((pair.block, _sentence(pair)) for pair in agreement.odd) if agreement else (),
        scores=tuple(scores),
        notes=tuple(_notes(measured, agreement)),
    )


def _repeated(blocks: Sequence[ExecutionBlock]) -> set[int]:
    """Return the identities of blocks with the same flux densities as another result of the same block."""
    seen: set[tuple[str, float, tuple[FluxMeasurement, ...]]] = set()
    repeated = set()
    for block in blocks:
        key = block.vis, block.start, block.measurements
        if key in seen and block.measurements:
            repeated.add(id(block))
        seen.add(key)
    return repeated


def _notes(blocks: Sequence[ExecutionBlock], agreement: Agreement | None) -> list[str]:
    """Return sentences about results that count several times, and about groups without a common calibrator."""
    notes = []
    known = [(block.vis, block.start) for block in blocks if block.start]
    notes += [
        f"{block.label} has several results that differ: they count as several blocks, though their data are the same"
        for block in {(block.vis, block.start): block for block in blocks}.values()
        if known.count((block.vis, block.start)) > 1
    ]
    groups = {frozenset((scale.block, *scale.others)): scale for scale in agreement.blocks} if agreement else {}
    if len(groups) > 1:
        names = "; ".join(", ".join((scale.block, *scale.others)) for scale in groups.values())
        notes.append(
            f"{len(groups)} groups of blocks have no calibrator in common, and each has its own common scale: {names}"
        )
    return notes


def _labels(blocks: Sequence[ExecutionBlock]) -> dict[int, str]:
    """Return a unique name of each block, by its identity; a start or a number is added to names that are the same."""
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
        own_error, shared_error = relative_errors(m.calibrated)
        fluxes.append(
            BlockFlux(
                block=label,
                source=m.field,
                frequency_hz=m.frequency_hz,
                flux=flux,
                own_error=own_error,
                shared_error=shared_error,
                time=block.start,
                is_variable=flux_standard_of(m.field) is None,
            )
        )
    return fluxes


def _score(block: ExecutionBlock, scale: BlockScale, all_blocks: Sequence[ExecutionBlock]) -> QAScore:
    others = [other for other in all_blocks if other is not block]
    common = [reason for other in others for reason in _reasons(other)]
    # A finding that most blocks have does not explain why one of them deviates.
    own = [reason for reason in _reasons(block) if common.count(reason) <= len(others) / 2]
    return block_score(block.vis, scale, block.frequency_hz, [*_other_references(block, others), *own])


def _reasons(block: ExecutionBlock) -> list[str]:
    """Return the lowest scores and the other findings of a block."""
    suspicious = [score for score in block.qa if score.score < _SUSPICIOUS]
    lowest = sorted(suspicious, key=lambda score: score.score)[:3]
    return [*(f"{score.metric}: {score.shortmsg}" for score in lowest), *block.findings]


def _other_references(block: ExecutionBlock, others: Sequence[ExecutionBlock]) -> list[str]:
    """Return sentences about references whose flux densities differ from their values in the other blocks."""
    where = "the other block" if len(others) == 1 else "the other blocks"
    sentences = []
    for name in dict.fromkeys(reference.field for reference in block.references):
        ratios = []
        for mine in block.references:
            theirs = [
                other.I
                for other_block in others
                for other in other_block.references
                if other.field == name and other.I and not other.is_solar_system
                if abs(other.frequency_hz - mine.frequency_hz) < _SAME_FREQUENCY * mine.frequency_hz
            ]
            if mine.field == name and mine.I and theirs:
                ratios.append(mine.I / float(np.median(theirs)))
        change = float(np.median(ratios)) - 1 if ratios else 0.0
        if abs(change) > _OTHER_REFERENCE:
            sentences.append(f"the flux density of its reference {name} is {change:+.1%} from that in {where}")
    return sentences


def _compared(block: ExecutionBlock, scale: BlockScale | None, score: QAScore | None, why_not: str) -> ComparedBlock:
    if scale is None or score is None:
        return ComparedBlock(block.vis, block.start_iso, None, None, None, why_not)
    return ComparedBlock(block.vis, block.start_iso, scale.factor, scale.uncertainty, score.score, score.longmsg)


def _why_not(block: ExecutionBlock, is_repeated: bool, is_alone: bool) -> str:
    """Return why a block that has no scale could not be compared."""
    if is_repeated:
        return "its flux densities are those of another result of the same block, and count once"
    if not block.measurements:
        return "it has no flux densities of its own"
    if is_alone:
        return "no other block has flux densities of its own"
    return "it has no calibrator in common with another block"


def _sentence(pair: OddPair) -> str:
    return (
        f"{pair.source} in {pair.block} is {pair.residual:+.0%} ({abs(pair.sigma):.1f} sigma) from the prediction "
        "of the other blocks: the source has changed, or its data are bad; it has less weight in that block's scale"
    )
