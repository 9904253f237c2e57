"""The score `plausibility`: compare the flux densities with what is known of calibrators.

The other scores compare the data with themselves, and cannot detect a flux scale that is wrong by the same factor in
all spws. docs/results.md gives the reasons for the thresholds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import exp, inf, log
from operator import attrgetter, itemgetter

import numpy as np

from ..domain.flux import FluxMeasurement
from ..domain.qa import AppliesTo, QAScore
from ..domain.reference import ReferenceFlux
from .reference_models import Source
from .scoring import interpolated
from .variability import QUASAR

CATALOGUE_ERROR = 0.05
"""Relative error of a catalogue's flux density on the day of its observation: half of the 10 % that ALMA states for its
flux scale in Band 7 (Francis et al. 2020, arXiv:2010.02186)."""

MODEL_ERROR = 0.05
"""Relative error of the model of a solar-system object or flux standard."""

SIGMA_SCORES = ((1.0, 1.0), (2.0, 0.91), (3.0, 0.66), (5.0, 0.33), (8.0, 0.0))
"""(``|ln ratio|`` over its expected scatter, score)."""

FACTOR_SCORES = ((1.5, 1.0), (2.0, 0.80), (3.0, 0.32), (10.0, 0.0))
"""(Factor between calibrated and catalogue flux density, score), however old the catalogue is.

The most variable bright calibrator, 3C454.3, doubled within seven weeks (Gurwell & Wehrle 2010, ATel 3036).
"""

REFERENCE_AGE_SCORES = ((0.0, 1.0), (14.0, 0.91), (100.0, 0.66), (365.0, 0.33), (1000.0, 0.1))
"""(Age of the catalogue's flux density of the reference in days, score). The ALMA Pipeline warns beyond 14 days."""

SOURCE_XML_SCORE = 0.3
"""Score of a reference with the flux density of the ASDM's Source.xml, of unknown age; as in the ALMA Pipeline."""

DERIVED_SCORE = 0.8
"""Score of a reference whose model an earlier run of this stage derived."""

ONE_JANSKY_SCORE = 0.5
"""Score of a reference whose model is 1 Jy in all spws: tasks set this value if only the spectrum's shape matters."""

BRIGHTEST_JY, BRIGHTEST_HZ = 45.0, 30e9
"""3C454.3 had 43 Jy at 1.3 mm in its flare of 2005 (ATel 3036). Below 30 GHz the limit grows with the wavelength, for
radio galaxies."""

BRIGHTNESS_SCORES = ((1.0, 1.0), (2.0, 0.66), (4.0, 0.33), (10.0, 0.0))
"""(Flux density over the limit of the two numbers above, score)."""

STANDARD_MAX_HZ = 50e9
"""The scale of Perley & Butler (2017) ends at 50 GHz; CASA extrapolates beyond."""

EXTRAPOLATED_SCORE = 0.5
"""Score of a reference with an extrapolated flux standard."""

GREEN = 0.90


@dataclass(frozen=True)
class _Finding:
    score: float
    words: str


def expected_scatter(age_days: float | None) -> float:
    """Return the scatter of ln(flux density / catalogue) that is expected of a quasar.

    Parameters
    ----------
    age_days : float or None
        Days between the catalogue's observation and the data; None if not known, which counts as very old.
    """
    change = QUASAR.rms_change(inf if age_days is None else abs(age_days))
    return float(np.hypot(CATALOGUE_ERROR, change))


def plausibility_score(
    vis: str, measurements: Iterable[FluxMeasurement], references: Sequence[ReferenceFlux]
) -> QAScore | None:
    """Score the plausibility of the flux densities of the transfer fields and of the reference.

    The findings concern the ratio calibrated / catalogue of each field and of all fields together, flux densities that
    no quasar has, and the reliability of the reference's flux density. The lowest score of the findings counts.

    Parameters
    ----------
    vis : str
        Name of the MeasurementSet.
    measurements : iterable of FluxMeasurement
    references : sequence of ReferenceFlux

    Returns
    -------
    QAScore or None
        None if nothing was measured. The value is the ratio of the field that is farthest from 1; the message has every
        finding that is not green.
    """
    measured = sorted(measurements, key=attrgetter("field_id", "spw"))
    if not measured:
        return None
    ratios = _ratios(measured)
    findings = [
        *_of_ratios(ratios, _reference_scatter(references)),
        *_of_brightness(measured, references),
        *_of_references(references),
    ]
    score = min((finding.score for finding in findings), default=1.0)
    doubts = [finding.words for finding in sorted(findings, key=attrgetter("score")) if finding.score <= GREEN]
    farthest = max(ratios, key=lambda ratio: abs(ratio.log), default=None)
    if doubts:
        longmsg = "; ".join(doubts)
    elif farthest is None:
        longmsg = "no flux density contradicts what is known of calibrators; the catalogue has none to compare with"
    else:
        longmsg = f"calibrated / catalogue flux density is {exp(farthest.log):.3f} or nearer to 1 for every field"
    return QAScore(
        metric="plausibility",
        score=score,
        shortmsg="Flux densities doubtful" if doubts else "Flux densities plausible",
        longmsg=f"{vis}: {longmsg}",
        value=exp(farthest.log) if farthest else None,
        units="calibrated / catalogue" if farthest else "",
        applies_to=AppliesTo(vis, spw=tuple(sorted({m.spw for m in measured}))),
    )


@dataclass(frozen=True)
class _Ratio:
    """Calibrated / catalogue flux density of a field: the median of ln(ratio) over the spws, with expected scatter."""

    field: str
    log: float
    scatter: float
    age: str


def _ratios(measurements: Sequence[FluxMeasurement]) -> list[_Ratio]:
    ratios = []
    for _, group in groupby(measurements, key=attrgetter("field_id")):
        of_field = [m for m in group if m.ratio is not None and m.ratio > 0]
        if not of_field:
            continue
        ages = [m.catalogue.age_days for m in of_field if m.catalogue and m.catalogue.age_days is not None]
        age = max(ages, default=None)
        noise = float(np.median([1 / m.snr if m.snr else 0.0 for m in of_field]))
        scatter = float(np.hypot(expected_scatter(age), noise))
        middle = float(np.median([log(m.ratio or 1.0) for m in of_field]))
        ratios.append(_Ratio(of_field[0].field, middle, scatter, "unknown" if age is None else f"{age:g} days"))
    return ratios


def _reference_scatter(references: Sequence[ReferenceFlux]) -> float:
    """Return the relative error of the reference's flux density, which is common to all ratios."""
    return max(
        (expected_scatter(f.age_days) for f in references if f.source == Source.FLUX_FILE and f.age_days is not None),
        default=MODEL_ERROR,
    )


def _of_ratios(ratios: Sequence[_Ratio], common: float) -> list[_Finding]:
    findings = [
        _Finding(
            _ratio_score(ratio.log, float(np.hypot(ratio.scatter, common))),
            f"calibrated / catalogue flux density of {ratio.field} is {exp(ratio.log):.3g} in all spws alike; the "
            f"age of the catalogue's flux density is {ratio.age}",
        )
        for ratio in ratios
    ]
    if len(ratios) > 1:
        weights = np.array([ratio.scatter**-2 for ratio in ratios])
        mean = float(np.average([ratio.log for ratio in ratios], weights=weights))
        scatter = float(np.hypot(weights.sum() ** -0.5, common))
        findings.append(
            _Finding(
                _ratio_score(mean, scatter),
                f"calibrated / catalogue flux density is {exp(mean):.3g} in the mean of {len(ratios)} fields: check "
                "the flux density of the reference and the prior calibration",
            )
        )
    return findings


def _ratio_score(log_ratio: float, scatter: float) -> float:
    factor = exp(min(abs(log_ratio), 50.0))
    return min(interpolated(abs(log_ratio) / scatter, SIGMA_SCORES), interpolated(factor, FACTOR_SCORES))


def _of_brightness(measurements: Iterable[FluxMeasurement], references: Iterable[ReferenceFlux]) -> list[_Finding]:
    fluxes = [
        (m.field, m.frequency_hz, flux.stokes.I) for m in measurements for flux in (m.derived, m.calibrated) if flux
    ]
    fluxes += [(f.field, f.frequency_hz, f.I) for f in references if f.I is not None and not f.is_solar_system]
    findings = []
    for field, group in groupby(sorted(fluxes), key=itemgetter(0)):
        brightest, frequency = max((flux / _limit(frequency), frequency) for _, frequency, flux in group)
        flux = brightest * _limit(frequency)
        findings.append(
            _Finding(
                interpolated(brightest, BRIGHTNESS_SCORES),
                f"{field} has {flux:.4g} Jy at {frequency / 1e9:.4g} GHz, more than any quasar has had",
            )
        )
    return findings


def _limit(frequency_hz: float) -> float:
    return BRIGHTEST_JY * max(1.0, BRIGHTEST_HZ / frequency_hz)


def _of_references(references: Sequence[ReferenceFlux]) -> list[_Finding]:
    by_field = groupby(sorted(references, key=attrgetter("field_id", "spw")), key=attrgetter("field_id"))
    return [finding for _, group in by_field for finding in _of_reference(list(group))]


def _of_reference(fluxes: Sequence[ReferenceFlux]) -> list[_Finding]:
    name = fluxes[0].field
    findings = []
    ages = [f.age_days for f in fluxes if f.age_days is not None]
    if ages:
        findings.append(
            _Finding(
                interpolated(max(map(abs, ages)), REFERENCE_AGE_SCORES),
                f"the catalogue's flux density of the reference {name} is {max(ages, key=abs):g} days old",
            )
        )
    if any(f.catalogue_origin == "Source.xml" for f in fluxes):
        findings.append(
            _Finding(
                SOURCE_XML_SCORE, f"the flux density of the reference {name} is that of Source.xml, of unknown age"
            )
        )
    if any(f.derived_on for f in fluxes):
        findings.append(
            _Finding(DERIVED_SCORE, f"the model of the reference {name} was itself derived by an earlier run")
        )
    if all(f.source == Source.STORED and f.I is not None and abs(f.I - 1) < 1e-4 for f in fluxes):
        findings.append(
            _Finding(
                ONE_JANSKY_SCORE,
                f"the model of the reference {name} is 1 Jy in all spws, as if its flux density were not known",
            )
        )
    if any(f.source == Source.STANDARD and not f.is_solar_system and f.frequency_hz > STANDARD_MAX_HZ for f in fluxes):
        findings.append(
            _Finding(
                EXTRAPOLATED_SCORE,
                f"the flux standard of the reference {name} ends at {STANDARD_MAX_HZ / 1e9:g} GHz and is extrapolated",
            )
        )
    return findings + [_of_replaced(f) for f in fluxes if f.replaced and f.I]


def _of_replaced(flux: ReferenceFlux) -> _Finding:
    new, old = flux.I or 1.0, flux.replaced or 1.0
    return _Finding(
        interpolated(max(new / old, old / new), FACTOR_SCORES),
        f"the flux file has {new:.4g} Jy for the reference {flux.field} in spw {flux.spw} and the MeasurementSet had "
        f"{old:.4g} Jy",
    )
