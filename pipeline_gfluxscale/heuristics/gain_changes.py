"""How much gains change from scan to scan and from field to field: an analysis of variance of y = 2 ln(gain).

Changes are measured in y, which is ln(S) but for a constant of the antenna and spw. Constants of antennas cancel in
all of it, and so do flux densities:

* antennas against scans of a field, in the mean of its spws: changes from scan to scan of single antennas that all of
  an antenna's spws share, variance `scan`;
* antennas against fields, in the mean of the spws, for every pair of fields: these, averaged over the scans of each,
  and changes from field to field that last for all scans (pointing, elevation), variance `field` for each of the two;
* what is left of both when the mean of the spws is taken off: changes that an antenna's spws do not share, variance
  `spw` from scan to scan;
* the mean of the antennas and spws against scans: changes that all antennas share, variance `common`.

Each is a mean square that is expected to be a sum of these variances, with known coefficients, and of noise. Those of
all fields and spws are explained together by the variances, none of them negative, that fit best; a mean square of
expectation e and n degrees of freedom has the variance 2 e**2 / n, which gives the weights. A single one would tell
little: with 6 antennas, the change between two fields has 5 degrees of freedom, and a flux density over an
uncertainty measured with these alone has a Student distribution of standard deviation 1.3; a field whose noise hides
its changes would have none at all. Antennas that stand out are left out here, because a median does not feel them.
"""

from collections.abc import Mapping
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from .amplitude_solutions import AmplitudeSolutions, GainRatio, gain_ratio
from .outliers import MAD_PER_SIGMA

#: Antennas further than this from the median, in units of MAD / 0.6745, tell nothing of the others' changes.
STANDING_OUT = 5.0

_ITERATIONS = 10


class GainChanges(NamedTuple):
    """Variances of 2 ln(gain): see the module.

    Attributes
    ----------
    scan : float
        Of an antenna, from scan to scan, the same in its spws.
    field : float
        Of an antenna, from field to field, the same in its spws.
    spw : float
        Of an antenna in a spw, from scan to scan.
    common : float
        Of all antennas together, from scan to scan.
    """

    scan: float = 0.0
    field: float = 0.0
    spw: float = 0.0
    common: float = 0.0


def gain_changes(solutions: Mapping[tuple[int, int], AmplitudeSolutions]) -> GainChanges:
    """Measure how much gains change, by the analysis of variance that the module describes.

    Parameters
    ----------
    solutions : mapping of (int, int) to AmplitudeSolutions
        Of the reference and all fields, by a number of the source and the spw.
    """
    sources: dict[int, list[AmplitudeSolutions]] = {}
    for source, spw in sorted(solutions):
        sources.setdefault(source, []).append(solutions[source, spw])
    mean_squares = [each for spws in sources.values() for each in _against_scans(spws)]
    for one, other in combinations(sources, 2):
        both = sorted({spw for source, spw in solutions if source == one and (other, spw) in solutions})
        mean_squares += _against_fields([gain_ratio(solutions[one, spw], solutions[other, spw]) for spw in both])
    return _pooled([each for each in mean_squares if each.degrees > 0 and np.isfinite(each.value + each.noise)])


class _MeanSquare(NamedTuple):
    """A mean square and its degrees of freedom; it is expected to be coefficients @ (changes) + noise."""

    value: float
    degrees: int
    coefficients: GainChanges
    noise: float


def _pooled(mean_squares: list[_MeanSquare]) -> GainChanges:
    """Return the variances that explain mean squares best, with the weights that follow from themselves."""
    if not mean_squares:
        return GainChanges()
    value, degrees, noise = np.array([(each.value, each.degrees, each.noise) for each in mean_squares]).T
    coefficients = np.array([each.coefficients for each in mean_squares])
    changes = np.zeros(len(GainChanges._fields))
    smallest = max(float(value.max()) * 1e-6, 1e-30)
    for _ in range(_ITERATIONS):
        weight = np.sqrt(degrees) / (coefficients @ changes + noise + smallest)
        changes, _ = nnls(coefficients * weight[:, None], (value - noise) * weight)
    return GainChanges(*map(float, changes))


def _against_scans(spws: list[AmplitudeSolutions]) -> list[_MeanSquare]:
    """Return the mean squares of antennas, and of their mean, against the scans of a field."""
    y = _by_scan(spws)
    n_spw, n_antenna, n_scan = y.shape
    if n_scan < 2 or n_antenna < 2:
        return []
    mean = y.mean(axis=0)
    noise, scatter = (
        n_scan * float(np.mean([getattr(each, name) for each in spws])) for name in ("noise_variance", "noise_scatter")
    )
    of_mean = float(np.var(mean.mean(axis=0), ddof=1))
    return [
        _MeanSquare(*_interaction(mean), GainChanges(scan=1, spw=1 / n_spw), scatter / n_spw),
        _MeanSquare(
            of_mean,
            n_scan - 1,
            GainChanges(scan=1 / n_antenna, spw=1 / n_antenna / n_spw, common=1),
            noise / n_spw,
        ),
        _of_spws(*map(_interaction, y - mean), coefficient=1.0, noise=scatter),
    ]


def _against_fields(spws: list[GainRatio]) -> list[_MeanSquare]:
    """Return the mean squares of antennas between two fields."""
    if not spws:
        return []
    antennas = sorted(set.intersection(*(set(ratio.antennas) for ratio in spws)))
    y = np.array([ratio.values[np.isin(ratio.antennas, antennas)] for ratio in spws])
    share, noise = spws[0].inverse_scans, float(np.mean([ratio.noise for ratio in spws]))
    mean = y.mean(axis=0)
    changes = GainChanges(scan=share, field=2, spw=share / len(spws))
    return [
        _MeanSquare(*_scatter(mean[:, None]), changes, noise / len(spws)),
        _of_spws(*(_scatter(of_spw[:, None]) for of_spw in y - mean), coefficient=share, noise=noise),
    ]


def _of_spws(*spws: tuple[float, int], coefficient: float, noise: float) -> _MeanSquare:
    """Return the mean square that is left in spws without their mean, from the value and degrees of each spw."""
    values, degrees = np.mean(spws, axis=0)
    n = len(spws)
    return _MeanSquare(float(values) * n / max(1, n - 1), int(degrees) * (n - 1), GainChanges(spw=coefficient), noise)


def _interaction(y: NDArray[np.float64]) -> tuple[float, int]:
    """Return the mean square of y, shape (n_antenna, n), that antennas and columns do not explain by themselves.

    Second come its degrees of freedom.
    """
    if min(y.shape) < 2:
        return 0.0, 0
    y = y - y.mean(axis=1, keepdims=True)
    value, degrees = _scatter(y)
    return value * y.shape[1] / (y.shape[1] - 1), degrees * (y.shape[1] - 1)


def _scatter(y: NDArray[np.float64]) -> tuple[float, int]:
    """Return the variance of antennas in y, shape (n_antenna, n), averaged over n, and its degrees of freedom."""
    residual = np.abs(y - np.median(y, axis=0)) if y.size else y
    limit = STANDING_OUT * np.median(residual) / MAD_PER_SIGMA if y.size else 0.0
    typical = y[np.all(residual <= limit, axis=1)]
    if typical.shape[0] < 2:
        return 0.0, 0
    return float(np.var(typical, axis=0, ddof=1).mean()), typical.shape[0] - 1


def _by_scan(spws: list[AmplitudeSolutions]) -> NDArray[np.float64]:
    """Return 2 ln(gain), shape (n_spw, n_ant, n_scan), of the antennas with a solution in every scan and spw."""
    scans, antennas = (np.unique(np.concatenate([getattr(s, name) for s in spws])) for name in ("scan", "antenna"))
    total, number = np.zeros((2, len(spws), antennas.size, scans.size))
    for of_spw, of_number, s in zip(total, number, spws, strict=True):
        place = np.searchsorted(antennas, s.antenna), np.searchsorted(scans, s.scan)
        np.add.at(of_spw, place, 2 * np.log(s.amplitude))
        np.add.at(of_number, place, 1)
    complete = np.all(number > 0, axis=(0, 2))
    return np.asarray(total[:, complete] / number[:, complete])
