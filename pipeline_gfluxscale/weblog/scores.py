"""The QA scores of a page in words."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..domain.qa import QAScore
from ..domain.selection import format_ids

NOTHING = "–"
"""The text of a cell without a value."""

METRICS = {
    "completeness": "Completeness",
    "snr": "Signal to noise",
    "spectral_consistency": "Spectral consistency",
    "noise_bias": "Noise bias",
    "antennas_used": "Antennas used",
    "amplitude_vs_time": "Amplitude against time",
    "block_agreement": "Agreement of blocks",
    "plausibility": "Plausibility",
    "calibration_applied": "Prior calibration",
    "usable_data": "Usable data",
}
"""Names of metrics on the page; other metrics are shown with blanks for underscores."""


@dataclass(frozen=True)
class ScoreRow:
    """A QA score in words."""

    metric: str
    band: str
    score: str
    shortmsg: str
    longmsg: str
    value: str
    applies_to: str


def score_rows(scores: Sequence[QAScore], vis: str) -> list[ScoreRow]:
    """Return the scores in words, the lowest first; scores that are equal in two digits keep their order."""
    return [score_row(score, vis) for score in sorted(scores, key=lambda score: round(score.score, 2))]


def score_row(score: QAScore, vis: str) -> ScoreRow:
    """Return a score in words, with the name of the MS removed from the message, as the heading has it."""
    about = score.applies_to
    applies_to = [about.field, f"spw {format_ids(about.spw)}" if about.spw else "", ", ".join(about.intent)]
    message = score.longmsg.removeprefix(f"{vis}: ")
    return ScoreRow(
        metric=METRICS.get(score.metric, score.metric.replace("_", " ")),
        band=score.band,
        score=f"{score.score:.2f}",
        shortmsg=score.shortmsg,
        longmsg=message[:1].upper() + message[1:],
        value=_metric_value(score),
        applies_to=" · ".join(part for part in applies_to if part) or vis,
    )


def _metric_value(score: QAScore) -> str:
    if score.value is None or not math.isfinite(score.value):
        return NOTHING
    if score.units.startswith("fraction"):
        return f"{100 * score.value:.4g} %{score.units.removeprefix('fraction')}"
    return f"{score.units or score.metric} = {score.value:.4g}"
