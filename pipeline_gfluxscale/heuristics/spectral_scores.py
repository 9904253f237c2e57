"""The score of the agreement of each field's spectrum with the spectrum of the catalogue.

It follows the ALMA Pipeline's description of hifa_gfluxscale.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import attrgetter

import numpy as np

from ..domain.flux import FluxMeasurement
from ..domain.qa import QAScore
from .scoring import applies_to_measurements, in_order

WIDE_SPW_HZ = 1e9
"""Spws at least this wide (1 GHz) are preferred as the reference spw of the spectral consistency."""

SPECTRAL_SCORES = ((0.1, 1.0), (0.2, 0.75))
"""(``max |1 - K|``, score for smaller values), from the spec: exactly 0.1 and 0.2 score 0.75, larger values 0.5."""


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
    comparable = [m for m in in_order(measurements) if m.ratio is not None and m.ratio > 0]
    fields = groupby(comparable, key=attrgetter("field_id"))
    return [_spectral_consistency(vis, list(of_field)) for _, of_field in fields]


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
        applies_to=applies_to_measurements(vis, measurements),
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
