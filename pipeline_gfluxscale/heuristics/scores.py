"""The quality scores of the stage: completeness, SNR, spectral consistency, stability and noise bias.

The first three follow the ALMA Pipeline's description of hifa_gfluxscale. The thresholds correspond to the colour bands
of the ALMA Pipeline: see `QAScore.band`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..domain.flux import FluxMeasurement
from ..domain.qa import AppliesTo, QAScore

LOW_SNR = 20.0
"""A flux density with a lower SNR is a warning (the spec)."""

SNR_SCORES = ((0.0, 0.58), (5.0, 0.66), (20.0, 0.90), (26.25, 1.0))
"""(SNR, score): the straight line through (5, 0.66) and (20, 0.90), up to a score of 1.0.

The line continues below an SNR of 5: the spec calls that a failure (yellow), and a constant 0.66 would be blue.
"""

WIDE_SPW_HZ = 1e9
"""Spws at least this wide (1 GHz) are preferred as the reference spw of the spectral consistency."""

SPECTRAL_SCORES = ((0.1, 1.0), (0.2, 0.75))
"""(``max |1 - K|``, score for smaller values), from the spec: exactly 0.1 and 0.2 score 0.75, larger values 0.5."""

STABILITY_SCORES = ((0.0, 1.0), (0.13, 0.66), (0.26, 0.34))
"""(spread of the amplitudes in time, score), interpolated linearly, as in the ALMA Pipeline."""

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
        longmsg = f"{number} of {len(wanted)} flux densities were measured; missing: {_listed(sorted(missing))}"
    else:
        shortmsg, longmsg = "All flux densities measured", f"all {number} flux densities were measured"
    return QAScore(
        metric="completeness",
        score=score,
        shortmsg=shortmsg,
        longmsg=f"{vis}: {longmsg}",
        value=score,
        units="fraction",
        applies_to=_applies_to(vis, wanted),
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
    measured = [(m, m.snr) for m in _sorted(measurements) if m.snr is not None]
    if not measured:
        return None
    snr = [value for _, value in measured]
    low = {(m.field, m.spw): f"{value:.1f}" for m, value in measured if value < LOW_SNR}
    if low:
        shortmsg, longmsg = "Low SNR", f"SNR of the flux density below {LOW_SNR:g}: {_listed(low)}"
    else:
        shortmsg, longmsg = "SNR is good", f"all flux densities have an SNR of at least {LOW_SNR:g}"
    return QAScore(
        metric="snr",
        score=float(np.mean([interpolated(value, SNR_SCORES) for value in snr])),
        shortmsg=shortmsg,
        longmsg=f"{vis}: {longmsg}",
        value=min(snr),
        units="",
        applies_to=_applies_to_measurements(vis, [m for m, _ in measured]),
    )


def spectral_consistency_scores(vis: str, measurements: Iterable[FluxMeasurement]) -> list[QAScore]:
    """Score the agreement of each field's measured spectrum with the spectrum of the catalogue.

    R = calibrated / catalogue flux density of a spw and K = R / R(reference spw), so that an error of the whole flux
    scale cancels. The score follows from ``max |1 - K|``, see `SPECTRAL_SCORES`. The reference spw is the one with the
    highest SNR of all spws that are at least 1 GHz wide; if there are none, of the spws with at least the median
    bandwidth. A field with a single spw has K = 1.

    Parameters
    ----------
    vis : str
        Name of the MeasurementSet.
    measurements : iterable of FluxMeasurement

    Returns
    -------
    list of QAScore
        One per field with catalogue values, in the order of the field ids.
    """
    comparable = [m for m in _sorted(measurements) if m.ratio is not None and m.ratio > 0]
    fields = groupby(comparable, key=attrgetter("field_id"))
    return [_spectral_consistency(vis, list(of_field)) for _, of_field in fields]


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
    compared = [(m, bias) for m in _sorted(measurements) if (bias := _bias(m)) is not None]
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
        applies_to=_applies_to_measurements(vis, [m for m, _ in compared]),
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
    measured = f"derived / calibrated: {_listed(biased)}"
    if worst.ratio < 1:
        return f"the derived flux density, which MODEL_DATA holds, is up to {percent} too faint; {measured}"
    return (
        "noise makes the amplitude gains too large: the derived flux density, which MODEL_DATA holds, is too "
        f"bright by {percent} or more; {measured}. The calibrated flux density is closer to the truth. A "
        "phase-up with longer solution intervals or combined spws lowers the bias, as long as the atmosphere "
        "stays coherent"
    )


def _spectral_consistency(vis: str, measurements: Sequence[FluxMeasurement]) -> QAScore:
    """Score one field; every measurement has a positive ratio."""
    reference = _reference_spw(measurements)
    ratio = np.array([m.ratio for m in measurements], dtype=float)
    # Rounded, because in floating point 1 - 0.9 is less than 0.1, the threshold.
    deviations = np.round(np.abs(1 - ratio / (reference.ratio or np.nan)), 12)
    worst = int(np.argmax(deviations))
    deviation = float(deviations[worst])
    score = _spectral_score(deviation)
    longmsg = (
        f"{vis}: calibrated / catalogue flux density of {reference.field} differs by up to {deviation:.1%} "
        f"(spw {measurements[worst].spw}) from that in spw {reference.spw}"
    )
    return QAScore(
        metric="spectral_consistency",
        score=score,
        shortmsg=f"Spectrum {'agrees with' if score == 1 else 'differs from'} the catalogue",
        longmsg=longmsg,
        value=deviation,
        units="max |1 - K|",
        applies_to=_applies_to_measurements(vis, measurements),
    )


def _spectral_score(deviation: float) -> float:
    (good, full), (fair, reduced) = SPECTRAL_SCORES
    if deviation < good:
        return full
    return reduced if deviation <= fair else 0.5


def _reference_spw(measurements: Sequence[FluxMeasurement]) -> FluxMeasurement:
    wide = [m for m in measurements if m.bandwidth_hz >= WIDE_SPW_HZ]
    if not wide:
        median = np.median([m.bandwidth_hz for m in measurements])
        wide = [m for m in measurements if m.bandwidth_hz >= median]
    # If SNRs are equal, max() returns the first measurement, which is the one of the lowest spw.
    return max(wide, key=lambda m: m.snr or 0.0)


def interpolated(x: float, points: Sequence[tuple[float, float]]) -> float:
    """Interpolate linearly between points (x, y); beyond the first and the last point y is constant."""
    abscissae, ordinates = np.transpose(points)
    return float(np.interp(x, abscissae, ordinates))


def _sorted(measurements: Iterable[FluxMeasurement]) -> list[FluxMeasurement]:
    return sorted(measurements, key=attrgetter("field_id", "spw"))


def _listed(pairs: Mapping[tuple[str, int], str] | Sequence[tuple[str, int]]) -> str:
    """Return (field, spw) pairs in words, such as 'J0006-0623: spw 17 (4.2); J0108+0135: spw 17 (9.1)'."""
    remarks = pairs if isinstance(pairs, Mapping) else {}
    spws: dict[str, list[str]] = {}
    for field, spw in pairs:
        remark = remarks.get((field, spw), "")
        spws.setdefault(field, []).append(f"spw {spw} ({remark})" if remark else f"spw {spw}")
    return "; ".join(f"{field}: {', '.join(listed)}" for field, listed in spws.items())


def _applies_to_measurements(vis: str, measurements: Sequence[FluxMeasurement]) -> AppliesTo:
    intents = {intent for m in measurements for intent in m.intents}
    return replace(_applies_to(vis, {(m.field, m.spw) for m in measurements}), intent=tuple(sorted(intents)))


def _applies_to(vis: str, pairs: Collection[tuple[str, int]]) -> AppliesTo:
    fields = {field for field, _ in pairs}
    # `AppliesTo` has a single field: for several fields it is blank, and the message names them.
    field = fields.pop() if len(fields) == 1 else ""
    return AppliesTo(vis, field, tuple(sorted({spw for _, spw in pairs})))
