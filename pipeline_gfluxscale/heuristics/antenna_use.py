"""The number of antennas that a flux density is measured with, compared with the antennas that have data."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..domain.qa import AppliesTo, QAScore
from ..domain.selection import format_ids
from .resolved import MIN_ANTENNAS
from .scoring import interpolated

ANTENNA_SCORES = ((0.0, 0.0), (0.5, 0.33), (0.8, 0.90), (1.0, 1.0))
"""(antennas used / antennas with data, score), interpolated linearly: less than half of the antennas is red."""

FEW_ANTENNAS_SCORE = 0.5
"""The highest score for fewer than `MIN_ANTENNAS` antennas: the median of two antennas is only their mean."""


@dataclass(frozen=True)
class AntennaUse:
    """The numbers of antennas from which the flux density of one field in one spw is derived.

    Attributes
    ----------
    field : str
    spw : int
    used : int
        Antennas with amplitude gains on the field and on the reference.
    available : int
        Antennas with data of both fields; for a resolved reference only the antennas that are selected for it.
    """

    field: str
    spw: int
    used: int
    available: int

    @property
    def fraction(self) -> float:
        """Fraction of the available antennas that was used."""
        return min(1.0, self.used / self.available) if self.available else 1.0

    @property
    def score(self) -> float:
        """The score by `ANTENNA_SCORES`."""
        score = interpolated(self.fraction, ANTENNA_SCORES)
        return min(score, FEW_ANTENNAS_SCORE) if self.used < MIN_ANTENNAS else score


def _in_words(uses: Sequence[AntennaUse]) -> list[str]:
    """Return the numbers of antennas in words; spws of a field with the same numbers are listed together."""
    spws: dict[tuple[str, int, int], list[int]] = {}
    for use in uses:
        spws.setdefault((use.field, use.used, use.available), []).append(use.spw)
    return [
        f"{field}, spw {format_ids(members)}: {used} of {available}"
        for (field, used, available), members in spws.items()
    ]


def antennas_used_score(vis: str, uses: Sequence[AntennaUse]) -> QAScore | None:
    """Score the fraction of antennas that the worst flux density is measured with.

    An antenna is lost if its solutions are below ``minsnr``, if the solve does not converge, or if it is an outlier.

    Parameters
    ----------
    vis : str
        Name of the MeasurementSet.
    uses : sequence of AntennaUse

    Returns
    -------
    QAScore or None
        None without flux densities. The message names every field and spw that is not green.
    """
    if not uses:
        return None
    worst = min(uses, key=lambda use: use.score)
    low = _in_words([use for use in uses if use.score <= 0.90])
    fields = {use.field for use in uses}
    share = "all" if worst.fraction == 1 else f"at least {100 * worst.fraction:.0f} % of the"
    return QAScore(
        metric="antennas_used",
        score=worst.score,
        shortmsg="Flux densities from few antennas" if low else "Antennas with data are used",
        longmsg=f"{vis}: the flux scale is transferred by few of the antennas with data: {'; '.join(low)}"
        if low
        else f"{vis}: the flux scale is transferred by {share} antennas with data",
        value=worst.fraction,
        units="fraction",
        applies_to=AppliesTo(vis, fields.pop() if len(fields) == 1 else "", tuple(sorted({use.spw for use in uses}))),
    )


def few_antennas(uses: Sequence[AntennaUse]) -> list[str]:
    """Return a warning for every flux density from fewer than `MIN_ANTENNAS` or less than half of the antennas."""
    few = [use for use in uses if use.used < MIN_ANTENNAS or use.fraction < 0.5]
    return [
        f"{use.field}, spw {use.spw}: the flux density rests on {use.used} of the {use.available} antennas with data"
        for use in few
    ]
