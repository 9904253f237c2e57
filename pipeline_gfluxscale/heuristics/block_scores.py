"""The QA score for the agreement of an execution block's flux scale with the flux scale of the other blocks."""

from collections.abc import Sequence

from ..domain.qa import AppliesTo, QAScore
from .block_agreement import BlockScale
from .scoring import interpolated

# Upper end of a range of frequencies (Hz), and the accuracy of absolute flux densities that ALMA states for that range:
# Bands 1 to 6, 7 and 8, 9 and 10 (ALMA Proposer's Guide and Technical Handbook, flux calibration).
_ACCURACY = ((275e9, 0.05), (500e9, 0.10), (float("inf"), 0.20))

# Deviation in units of the stated accuracy, and the score: green up to 1, blue up to 2, yellow up to 3.
_SCORE = ((0.0, 1.0), (1.0, 0.9), (2.0, 0.66), (3.0, 0.33), (6.0, 0.0))

_NOT_SIGNIFICANT = 0.7
"""The lowest score for a deviation that is not significant: blue."""

_SMALL_ERROR = 0.001
"""Smaller errors are written with two decimals of a percent."""


def stated_accuracy(frequency_hz: float) -> float:
    """Return the relative accuracy of absolute flux densities that ALMA states for a frequency."""
    return next(accuracy for limit, accuracy in _ACCURACY if frequency_hz < limit)


def block_score(vis: str, scale: BlockScale, frequency_hz: float, reasons: Sequence[str] = ()) -> QAScore:
    """Score the agreement of a block with the other blocks.

    Parameters
    ----------
    vis : str
        Name of the MeasurementSet.
    scale : BlockScale
    frequency_hz : float
        Mean frequency of its flux densities (Hz).
    reasons : sequence of str
        Other findings about this block that may explain the deviation.
    """
    accuracy = stated_accuracy(frequency_hz)
    score = interpolated(abs(scale.deviation) / accuracy, _SCORE)
    if not scale.is_significant:
        score = max(score, _NOT_SIGNIFICANT)
    return QAScore(
        metric="block_agreement",
        score=score,
        value=scale.deviation,
        units="",
        shortmsg=f"{scale.deviation:+z.1%} from the other blocks",
        longmsg=_words(scale, accuracy, reasons),
        applies_to=AppliesTo(vis=vis),
    )


def _words(scale: BlockScale, accuracy: float, reasons: Sequence[str]) -> str:
    others = scale.others
    compared = others[0] if len(others) == 1 else f"the {len(others)} other blocks"
    calibrators = "1 calibrator" if scale.n_sources == 1 else f"{scale.n_sources} calibrators"
    digits = 1 if scale.deviation_uncertainty >= _SMALL_ERROR else 2
    deviation = f"{scale.deviation:+z.{digits}%} ± {scale.deviation_uncertainty:.{digits}%}"
    words = (
        f"the flux scale of {scale.block} is {deviation} from that of {compared}, by {calibrators}; "
        f"the stated accuracy is {accuracy:.0%}"
    )
    if abs(scale.deviation) <= accuracy:
        return words
    if not scale.is_significant:
        return f"{words}; the deviation is not significant"
    if len(others) == 1:
        words += "; the data do not tell which of the two is off"
    return f"{words}; possible reasons: {'; '.join(reasons)}" if reasons else f"{words}; its own scores give no reason"
