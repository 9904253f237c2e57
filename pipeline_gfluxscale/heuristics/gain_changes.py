"""How much gains change from scan to scan and from field to field: an analysis of variance of y = 2 ln(gain).

y equals ln(flux density) plus a constant of the antenna and spw. The analysis uses differences of y in which these
constants and the flux densities cancel. It determines four variances of y:

* `scan`: changes of single antennas from scan to scan, the same in all spws of the antenna;
* `field`: changes of single antennas from field to field that last for all scans of a field (pointing, elevation), the
  same in all spws of the antenna;
* `spw`: changes of single antennas from scan to scan that differ from spw to spw;
* `common`: changes of all antennas together from scan to scan.

Four kinds of mean squares of y are computed:

* the antennas and scans of a field, in the mean of the spws: `scan`;
* the antennas and each pair of fields, in the mean of the spws: `field` of the two fields, and `scan` averaged over the
  scans of the fields;
* the same two for the difference between each spw and the mean of the spws: `spw`;
* the scans of a field, in the mean of the antennas and spws: `common`.

The expectation of a mean square is a linear combination of the variances, with known coefficients, plus noise. The
variances are fitted to the mean squares of all fields and spws together, and none may be negative. The weights of the
fit follow from the variance 2 e**2 / n of a mean square with the expectation e and n degrees of freedom. A single mean
square would not be enough: with 6 antennas, the change between two fields has 5 degrees of freedom. An uncertainty from
these alone is so uncertain that errors in units of it have a Student distribution with a standard deviation of 1.3.
And where noise hides the changes of a field, its own mean square would give none.

Outlying antennas are left out, because flux densities are medians, on which they have little effect.
"""

from collections.abc import Mapping
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .amplitude_solutions import AmplitudeSolutions, GainRatio, gain_ratio
from .outliers import MAD_PER_SIGMA

#: Antennas further than this from the median, in units of MAD / 0.6745, are left out as outliers.
OUTLYING = 5.0

_ITERATIONS = 10


class GainChanges(NamedTuple):
    """Variances of 2 ln(gain), as the module defines them.

    Attributes
    ----------
    scan : float
        Of changes of an antenna from scan to scan, the same in all its spws.
    field : float
        Of changes of an antenna from field to field, the same in all its spws.
    spw : float
        Of changes of an antenna in one spw from scan to scan.
    common : float
        Of changes of all antennas together from scan to scan.
    """

    scan: float = 0.0
    field: float = 0.0
    spw: float = 0.0
    common: float = 0.0


def gain_changes(solutions: Mapping[tuple[int, int], AmplitudeSolutions]) -> GainChanges:
    """Return the variances of gain changes, by the analysis of variance that the module describes.

    Parameters
    ----------
    solutions : mapping of (int, int) to AmplitudeSolutions
        The solutions of the reference and of all other fields; the key is a number of the field, and the spw.
    """
    sources: dict[int, list[AmplitudeSolutions]] = {}
    for source, spw in sorted(solutions):
        sources.setdefault(source, []).append(solutions[source, spw])
    mean_squares = [square for spws in sources.values() for square in _against_scans(spws)]
    for one, other in combinations(sources, 2):
        both = sorted({spw for source, spw in solutions if source == one and (other, spw) in solutions})
        mean_squares += _against_fields([gain_ratio(solutions[one, spw], solutions[other, spw]) for spw in both])
    return _pooled([s for s in mean_squares if s.degrees > 0 and np.isfinite(s.value + s.noise)])


class _MeanSquare(NamedTuple):
    """A mean square with its degrees of freedom; its expectation is coefficients @ (gain changes) + noise."""

    value: float
    degrees: int
    coefficients: GainChanges
    noise: float


def _pooled(mean_squares: list[_MeanSquare]) -> GainChanges:
    """Fit the variances to mean squares, with weights that follow from the fitted variances."""
    from scipy.optimize import nnls  # takes 0.5 s to import

    if not mean_squares:
        return GainChanges()
    value, degrees, noise = np.array([(square.value, square.degrees, square.noise) for square in mean_squares]).T
    coefficients = np.array([square.coefficients for square in mean_squares])
    changes = np.zeros(len(GainChanges._fields))
    smallest = max(float(value.max()) * 1e-6, 1e-30)
    for _ in range(_ITERATIONS):
        weight = np.sqrt(degrees) / (coefficients @ changes + noise + smallest)
        changes, _ = nnls(coefficients * weight[:, None], (value - noise) * weight)
    return GainChanges(*map(float, changes))


def _against_scans(spws: list[AmplitudeSolutions]) -> list[_MeanSquare]:
    """Return the mean squares of the antennas and scans of a field, of the scans alone, and of single spws."""
    y = _by_scan(spws)
    n_spw, n_antenna, n_scan = y.shape
    if n_scan < 2 or n_antenna < 2:
        return []
    mean = y.mean(axis=0)
    noise, scatter = (
        n_scan * float(np.mean([getattr(of_spw, name) for of_spw in spws]))
        for name in ("noise_variance", "noise_scatter")
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
    """Return the mean squares of the antennas and two fields, and of single spws."""
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
    """Return the mean square of the deviations of spws from their mean, from the value and degrees of each spw."""
    values, degrees = np.mean(spws, axis=0)
    n = len(spws)
    return _MeanSquare(float(values) * n / max(1, n - 1), int(degrees) * (n - 1), GainChanges(spw=coefficient), noise)


def _interaction(y: NDArray[np.float64]) -> tuple[float, int]:
    """Return the interaction of the rows and columns of y, shape (n_antenna, n): the mean square and its degrees."""
    if min(y.shape) < 2:
        return 0.0, 0
    y = y - y.mean(axis=1, keepdims=True)
    value, degrees = _scatter(y)
    return value * y.shape[1] / (y.shape[1] - 1), degrees * (y.shape[1] - 1)


def _scatter(y: NDArray[np.float64]) -> tuple[float, int]:
    """Return the variance of antennas in y, shape (n_antenna, n), averaged over n, and its degrees of freedom."""
    residual = np.abs(y - np.median(y, axis=0)) if y.size else y
    limit = OUTLYING * np.median(residual) / MAD_PER_SIGMA if y.size else 0.0
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
