"""The score of the bias by noise of the derived flux densities."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ..domain.flux import FluxMeasurement
from ..domain.qa import QAScore
from .scoring import applies_to_measurements, in_order, interpolated, listed

BIAS_SCORES = ((0.0, 1.0), (0.02, 0.90), (0.05, 0.66), (0.10, 0.33), (0.20, 0.0))
"""(``|derived / calibrated - 1|``, score), interpolated linearly.

In the simulations of docs/qa_bias.md the derived flux density is too bright by 2 % (phases well known) to 5 % (10
antennas, one phase per integration) at a ratio of 1.02, by 5 to 13 % at 1.05 and by 10 to 31 % at 1.10. ALMA states an
accuracy of 10 % for its flux scale in Band 7 (Francis et al. 2020, arXiv:2010.02186): green means an error of up to
half of this accuracy, blue up to about this accuracy, red up to three times as much. Phases that are fitted to pure
noise give a ratio of 1.19 with 10 antennas.
"""

BIAS_SIGNIFICANCE = (2.0, 3.0)
"""A deviation of less than 2 sigma does not lower the score, one of more than 3 sigma counts fully; interpolated."""


def bias_score(vis: str, measurements: Iterable[FluxMeasurement]) -> QAScore | None:
    """Score the bias by noise of the flux densities that are derived from amplitude gains.

    Amplitude gains are fitted to the moduli of averaged visibilities, and noise makes moduli too large. The calibrated
    flux density is a vector average, which has no such bias. Both have the same gains and phases, so common errors
    cancel in derived / calibrated, and its deviation from 1 is the bias. The score is the lowest score of all fields
    and spws by `BIAS_SCORES`, for the significant part of the deviation (`BIAS_SIGNIFICANCE`).

    The standard error of the ratio is e sqrt(d), where d is its deviation from 1 and e the relative uncertainty of the
    calibrated flux density. This is the leading order of the error by noise, without the common errors, and an upper
    limit of the scatter in the simulations of docs/qa_bias.md.

    Parameters
    ----------
    vis : str
        Name of the MeasurementSet.
    measurements : iterable of FluxMeasurement

    Returns
    -------
    QAScore or None
        None if no measurement has both flux densities. The value is the worst ratio, and the message names
        every field and spw that is not green.
    """
    compared = [(m, bias) for m in in_order(measurements) if (bias := _bias(m)) is not None]
    if not compared:
        return None
    _, worst = max(compared, key=lambda pair: pair[1].significant)
    biased = {(m.field, m.spw): str(bias) for m, bias in compared if bias.score <= 0.90}
    return QAScore(
        metric="noise_bias",
        score=worst.score,
        shortmsg="Derived flux densities biased" if biased else "Derived and calibrated fluxes agree",
        longmsg=f"{vis}: {_bias_explained(worst, biased)}",
        value=worst.ratio,
        units="derived / calibrated",
        applies_to=applies_to_measurements(vis, [m for m, _ in compared]),
    )


class _Bias(NamedTuple):
    """Derived / calibrated flux density of one measurement, and its standard error."""

    ratio: float
    error: float

    def __str__(self) -> str:
        return f"{self.ratio:.3f} +- {self.error:.3f}"

    @property
    def significant(self) -> float:
        """The significant part of the deviation from 1, by `BIAS_SIGNIFICANCE`."""
        deviation = abs(self.ratio - 1)
        nothing, everything = (n * self.error for n in BIAS_SIGNIFICANCE)
        if deviation >= everything:
            return deviation
        return deviation * max(0.0, (deviation - nothing) / (everything - nothing))

    @property
    def score(self) -> float:
        """The score by `BIAS_SCORES`."""
        return interpolated(self.significant, BIAS_SCORES)


def _bias(measurement: FluxMeasurement) -> _Bias | None:
    derived, calibrated = measurement.derived, measurement.calibrated
    if derived is None or calibrated is None or not calibrated.stokes.I > 0:
        return None
    ratio = derived.stokes.I / calibrated.stokes.I
    return _Bias(ratio, calibrated.uncertainty / calibrated.stokes.I * abs(ratio - 1) ** 0.5)


def _bias_explained(worst: _Bias, biased: Mapping[tuple[str, int], str]) -> str:
    if not biased:
        return "no derived flux density differs significantly from the calibrated one by 2 % or more"
    percent = f"{100 * abs(worst.ratio - 1):.1f} %"
    measured = f"derived / calibrated: {listed(biased)}"
    if worst.ratio < 1:
        return f"the derived flux density, which MODEL_DATA holds, is up to {percent} too faint; {measured}"
    return (
        "noise makes the amplitude gains too large: the derived flux density, which MODEL_DATA holds, is too "
        f"bright by {percent} or more; {measured}. The calibrated flux density is closer to the truth. A "
        "phase-up with longer solution intervals or combined spws lowers the bias, as long as the atmosphere "
        "stays coherent"
    )
