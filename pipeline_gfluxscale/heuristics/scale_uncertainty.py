"""How well a flux density is known that was transferred: its noise, and the uncertainty of its scale.

A flux density is S = median over antennas of (g_field / g_reference)**2, with the gains averaged over scans. Four
things make it uncertain:

* the thermal noise of the field's visibilities;
* the thermal noise of the reference's visibilities;
* gains of single antennas that changed between the two;
* gains of all antennas that changed together (the atmosphere).

The first is the noise of the flux density, the others are the uncertainty of its scale.

**Noise** is measured from differences between successive integrations, in which gains and models cancel. The scatter
of the visibilities themselves, which the stage quotes as the statistical uncertainty as the ALMA Pipeline does, holds
more than noise: a gain that the polarisations share (gaintype T) leaves the differences between their gains in it,
which are no error of the mean. CASA's own SNR of such gains has the same trouble.

The noise of antennas' gains is not independent. Gains of N antennas solve ln|V_ij| = ln(g_i) + ln(g_j) by least
squares; the normal matrix is (N - 2) * identity + ones, and with its inverse, if the mean of y = 2 ln(g) over the
antennas has the variance v, the antennas scatter about that mean with the variance 2 N (N - 1) / (N - 2) * v.

Noise also biases. Phases that are fitted to noisy visibilities follow the noise and align it: maximising the sum of
Re(V_ij) over the phases adds, in second order, half of the squared imaginary noise along every fitted phase. With K
fitted phases the mean flux density, of fractional variance v by noise, becomes too bright by K v / 2 of itself, which
is 1 / SNR**2 for phase solutions of that SNR (`phase_noise_bias`). Phases from other data do not follow the noise, and
lose about as much.

**Changes** of the gains are measured in y = 2 ln(g), which is ln(S) but for a constant of the antenna and spw, by an
analysis of variance. Constants of antennas cancel in all of it, and so do flux densities:

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
little: with 6 antennas, the change between two fields has 5 degrees of freedom, and a flux density over an uncertainty
measured with these alone has a Student distribution of standard deviation 1.3; a field whose noise hides its changes
would have none at all. Antennas that stand out are left out here, because a median does not feel them.

**A median** of n values of scatter s has the variance c * s**2 / n, where c goes from 1 for 2 values to pi / 2 for many
(`median_variance`). Two spws that share changes of their antennas do not share all of them in their medians, because
noise decides which antenna is in the middle. If the numbers behind two medians have the correlation rho, the medians of
many have (2 / pi) * arcsin(rho), as follows from the probability that both numbers of a pair are below the middle,
1/4 + arcsin(rho) / (2 pi). Where noise is too small to change the order of few antennas, the one in the middle (or two,
of an even number) stays the same, and what is left is its own noise. The variances of the two limits are joined as
(a**-2 + b**-2)**(-1/2), which a Monte Carlo finds right within 22 % for 5 to 40 antennas and any correlation. This is
why a spectral index is less certain than the noise of the mean would let it be.

What cannot be seen: changes of all antennas between fields that last for all of a field's scans. They look like a
different flux density.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from .successive import MEDIAN_CHI2, successive

STANDING_OUT = 5.0
"""Antennas further than this from the median, in units of MAD / 0.6745, tell nothing of the others' changes."""

_ITERATIONS = 10


@dataclass(frozen=True)
class AmplitudeSolutions:
    """Unflagged amplitude gains of one field in one spw.

    Attributes
    ----------
    amplitude : ndarray of float, shape (n,)
    antenna, scan : ndarray of int, shape (n,)
    noise_variance : float
        Variance that thermal noise gives to the field's mean flux density, as a fraction of its square.
    """

    amplitude: NDArray[np.float64]
    antenna: NDArray[np.int_]
    scan: NDArray[np.int_]
    noise_variance: float = 0.0

    @property
    def num_scans(self) -> int:
        """Number of scans with solutions."""
        return np.unique(self.scan).size

    @property
    def num_antennas(self) -> int:
        """Number of antennas with solutions."""
        return np.unique(self.antenna).size

    @property
    def noise_scatter(self) -> float:
        """Variance of 2 ln(mean gain) of the antennas about their mean that is due to noise."""
        n = self.num_antennas
        return 2 * n * (n - 1) / max(1, n - 2) * self.noise_variance

    def noise_of_median(self, n: int) -> float:
        """Return the variance of the flux density that noise leaves, as a fraction of its square.

        Parameters
        ----------
        n : int
            Number of this field's antennas that the flux density is the median of.
        """
        if not 0 < n <= self.num_antennas:
            return float("nan")
        return self.noise_variance + self.noise_scatter * (median_variance(n) - 1 / self.num_antennas)

    def mean_gains(self) -> dict[int, float]:
        """Return the mean gain of each antenna."""
        return {int(a): float(np.mean(self.amplitude[self.antenna == a])) for a in np.unique(self.antenna)}


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


class FluxVariance(NamedTuple):
    """Variance of a flux density that was transferred, as a fraction of its square.

    Attributes
    ----------
    noise : float
        From the noise of the field's own visibilities.
    shared_scale : float
        Of the scale: the part that all spws of the field have in common.
    own_scale : float
        Of the scale: the part that is independent from spw to spw.
    """

    noise: float
    shared_scale: float
    own_scale: float

    @property
    def scale(self) -> float:
        """The variance of the scale."""
        return self.shared_scale + self.own_scale

    @property
    def total(self) -> float:
        """The sum of all."""
        return self.noise + self.scale


def median_variance(n: int) -> float:
    """Return the variance of the median of n normal numbers of variance 1.

    pi / 2 / n for many; for few it is the approximation pi / 2 / (n + pi / 2 - 1) for an odd number, and
    pi / 2 / (n + 1.3) for an even one, whose median is the mean of two. Both are right within 4 % (n = 2) and 2 %
    (otherwise), as numerical integration shows.
    """
    return 1.0 if n == 1 else np.pi / 2 / (n + (np.pi / 2 - 1 if n % 2 else 1.3))


def noise_variance(
    ratio: NDArray[np.complex128],
    weight: NDArray[np.float64],
    baseline: NDArray[np.int_],
    scan: NDArray[np.int_],
    time: NDArray[np.float64],
) -> float:
    """Return the variance of a weighted mean of visibilities that is due to noise.

    The noise is measured from the differences between successive visibilities of a baseline in a scan; only the
    component along the mean counts.

    Parameters
    ----------
    ratio : ndarray of complex, shape (n,)
        Calibrated visibilities over their model.
    weight : ndarray of float, shape (n,)
        Weights of the ratios, up to a factor; visibilities without a positive weight are left out.
    baseline, scan : ndarray of int, shape (n,)
        Visibilities with the same two numbers belong together (polarisations are baselines of their own).
    time : ndarray of float, shape (n,)
        s

    Returns
    -------
    float
        nan if no baseline has two visibilities in a scan.
    """
    order, together = successive(weight, baseline, scan, time)
    value, w = ratio.real[order], weight[order]
    if not together.any():
        return float("nan")
    squares = np.diff(value)[together] ** 2
    expected = (1 / w[1:] + 1 / w[:-1])[together]
    scale = float(np.median(squares / expected)) / MEDIAN_CHI2
    return scale / float(w.sum())


def phase_noise_bias(num_phases: int, noise_variance: float) -> float:
    """Return by how much phases that follow the noise brighten a mean flux density, as a fraction of it.

    Parameters
    ----------
    num_phases : int
        Number of phases that were fitted to its visibilities; the reference antennas' do not count.
    noise_variance : float
        Variance of the mean flux density due to noise, as a fraction of its square.
    """
    return num_phases * noise_variance / 2


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
        mean_squares += _against_fields([_ratio(solutions[one, spw], solutions[other, spw]) for spw in both])
    return _pooled([each for each in mean_squares if each.degrees > 0 and np.isfinite(each.value + each.noise)])


def flux_variance(
    field: AmplitudeSolutions, reference: AmplitudeSolutions, changes: GainChanges, *, same_spw: bool = True
) -> FluxVariance:
    """Return the variance of the flux density of a field in a spw.

    Parameters
    ----------
    field, reference : AmplitudeSolutions
        Gains of the field and of its reference.
    changes : GainChanges
    same_spw : bool
        Whether the two are in one spw. If not (refspwmap), the antennas' constants do not cancel, and their scatter
        is taken as it is.

    Returns
    -------
    FluxVariance
        Of nan, if no antenna has gains on both.
    """
    ratio = _ratio(field, reference)
    n = ratio.values.size
    if n == 0:
        return FluxVariance(*[float("nan")] * 3)
    in_spw = changes.spw * ratio.inverse_scans
    of_antenna = 2 * changes.field + changes.scan * ratio.inverse_scans + in_spw
    if not same_spw and n > 1:
        of_antenna = in_spw = max(0.0, float(np.var(ratio.values, ddof=1)) - ratio.noise)
    common = changes.common * ratio.inverse_scans
    shared = _shared_by_medians(n, of_antenna - in_spw, in_spw + ratio.noise) + common
    scale = median_variance(n) * of_antenna + reference.noise_of_median(n) + common
    return FluxVariance(field.noise_of_median(n), shared, scale - shared)


def _shared_by_medians(n: int, shared: float, own: float) -> float:
    """Return the covariance of the medians of n pairs of numbers, whose errors are partly shared.

    Parameters
    ----------
    n : int
    shared, own : float
        The two parts of the variance of a number.
    """
    scatter = shared + own
    if own <= 0 or shared <= 0:
        return median_variance(n) * max(0.0, shared)
    different = median_variance(n) * scatter * (1 - 2 / np.pi * float(np.arcsin(shared / scatter)))
    of_the_middle = own if n % 2 else own / 2
    return median_variance(n) * scatter - different * of_the_middle / float(np.hypot(different, of_the_middle))


class _Ratio(NamedTuple):
    """2 ln(g_field / g_other) by antenna, the variance that noise gives it, and 1 / n_scan summed over the two."""

    antennas: list[int]
    values: NDArray[np.float64]
    noise: float
    inverse_scans: float


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


def _against_fields(spws: list[_Ratio]) -> list[_MeanSquare]:
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


def _ratio(field: AmplitudeSolutions, other: AmplitudeSolutions) -> _Ratio:
    on_field, on_other = field.mean_gains(), other.mean_gains()
    antennas = sorted(on_field.keys() & on_other.keys())
    return _Ratio(
        antennas,
        np.array([2 * np.log(on_field[a] / on_other[a]) for a in antennas]),
        field.noise_scatter + other.noise_scatter,
        1 / max(1, field.num_scans) + 1 / max(1, other.num_scans),
    )


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
    limit = STANDING_OUT * np.median(residual) / 0.6745 if y.size else 0.0
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
