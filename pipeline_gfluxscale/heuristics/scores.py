"""The quality scores of completeness, signal-to-noise ratio and stability.

The first two follow the ALMA Pipeline's description of hifa_gfluxscale. The thresholds correspond to the colour bands
of the ALMA Pipeline: see `QAScore.band`.
"""

from collections.abc import Collection, Iterable, Mapping

import numpy as np
from numpy.typing import ArrayLike

from ..domain.flux import FluxMeasurement
from ..domain.qa import AppliesTo, QAScore
from .scoring import applies_to, applies_to_measurements, in_order, interpolated, listed

LOW_SNR = 20.0
"""A flux density with a lower SNR is a warning (the spec)."""

SNR_SCORES = ((0.0, 0.58), (5.0, 0.66), (20.0, 0.90), (26.25, 1.0))
"""(SNR, score): the straight line through (5, 0.66) and (20, 0.90), up to a score of 1.0.

The line continues below an SNR of 5: the spec calls that a failure (yellow), and a constant 0.66 would be blue.
"""

STABILITY_SCORES = ((0.0, 1.0), (0.13, 0.66), (0.26, 0.34))
"""(spread of the amplitudes in time, score), interpolated linearly, as in the ALMA Pipeline."""


def completeness_score(
    vis: str, expected: Mapping[str, Collection[int]], measured: Mapping[str, Collection[int]]
) -> QAScore:
    """Score the fraction of the expected flux densities that were measured.

    Parameters
    ----------
    vis : str
        Name of the MeasurementSet.
    expected : mapping of str to collection of int
        For each field name, the science spws that it was observed with for a transfer intent.
    measured : mapping of str to collection of int
        For each field name, the spws with a flux density. Pairs that were not expected are ignored.

    Returns
    -------
    QAScore
        The score is the fraction; 0 if nothing was expected.
    """
    wanted = {(field, spw) for field, spws in expected.items() for spw in spws}
    missing = wanted - {(field, spw) for field, spws in measured.items() for spw in spws}
    number = len(wanted) - len(missing)
    score = number / len(wanted) if wanted else 0.0
    if not wanted:
        shortmsg, longmsg = "No flux densities", "no calibrator to transfer the flux scale to was observed"
    elif missing:
        shortmsg = "Missing flux densities"
        longmsg = f"{number} of {len(wanted)} flux densities were measured; missing: {listed(sorted(missing))}"
    else:
        shortmsg, longmsg = "All flux densities measured", f"all {number} flux densities were measured"
    return QAScore(
        metric="completeness",
        score=score,
        shortmsg=shortmsg,
        longmsg=f"{vis}: {longmsg}",
        value=score,
        units="fraction",
        applies_to=applies_to(vis, wanted),
    )


def snr_score(vis: str, measurements: Iterable[FluxMeasurement]) -> QAScore | None:
    """Score the signal-to-noise ratios of the calibrated flux densities.

    Each measurement is scored by `SNR_SCORES`, and the score is their mean. The value is the lowest SNR.

    Parameters
    ----------
    vis : str
        Name of the MeasurementSet.
    measurements : iterable of FluxMeasurement

    Returns
    -------
    QAScore or None
        None if no flux density has an SNR. The message names every field and spw below an SNR of 20.
    """
    measured = [(m, m.snr) for m in in_order(measurements) if m.snr is not None]
    if not measured:
        return None
    snr = [value for _, value in measured]
    low = {(m.field, m.spw): f"{value:.1f}" for m, value in measured if value < LOW_SNR}
    if low:
        shortmsg, longmsg = "Low SNR", f"SNR of the flux density below {LOW_SNR:g}: {listed(low)}"
    else:
        shortmsg, longmsg = "SNR is good", f"all flux densities have an SNR of at least {LOW_SNR:g}"
    return QAScore(
        metric="snr",
        score=float(np.mean([interpolated(value, SNR_SCORES) for value in snr])),
        shortmsg=shortmsg,
        longmsg=f"{vis}: {longmsg}",
        value=min(snr),
        units="",
        applies_to=applies_to_measurements(vis, [m for m, _ in measured]),
    )


def amplitude_time_score(
    vis: str, field: str, spw: int, amplitudes: ArrayLike, intent: Collection[str] = ("AMPLITUDE",)
) -> QAScore | None:
    """Score the stability in time of the calibrated amplitudes of a quasar that is the reference calibrator.

    The spread is the range from the 20th to the 80th percentile divided by the median, and is scored by
    `STABILITY_SCORES`.

    Parameters
    ----------
    vis : str
        Name of the MeasurementSet.
    field : str
        Name of the calibrator.
    spw : int
        The spw of the amplitudes.
    amplitudes : array_like, shape (n_int,)
        Calibrated amplitude of each integration (Jy); amplitudes that are not finite are left out.
    intent : collection of str
        Intents of the calibrator.

    Returns
    -------
    QAScore or None
        None for fewer than two amplitudes, or a median that is not positive.
    """
    finite = np.asarray(amplitudes, dtype=float)
    finite = finite[np.isfinite(finite)]
    if finite.size < 2 or not np.median(finite) > 0:
        return None
    low, median, high = np.percentile(finite, [20, 50, 80])
    spread = float((high - low) / median)
    score = interpolated(spread, STABILITY_SCORES)
    return QAScore(
        metric="amplitude_vs_time",
        score=score,
        shortmsg="Amplitudes steady in time" if score > 0.90 else "Amplitudes vary in time",
        longmsg=f"{vis}: the calibrated amplitudes of {field} in spw {spw} spread by {spread:.1%} of their "
        f"median over {finite.size} integrations (20th to 80th percentile)",
        value=spread,
        units="fraction of the median",
        applies_to=AppliesTo(vis, field, (spw,), tuple(sorted(intent))),
    )
