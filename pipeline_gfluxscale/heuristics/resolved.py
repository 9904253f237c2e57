"""Choose the antennas for a resolved calibrator.

The rules are steps 1 to 7 of "Resolved calibrator antenna selection" in the ALMA Pipeline's description of
hifa_gfluxscale. Two steps are exact here and approximate in the stage of the ALMA Pipeline: baselines are
three-dimensional distances, and the limiting baseline is computed by root finding, not in steps.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import erfa
import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..domain.json_shape import in_json
from ..errors import InputError
from .geometry import separations

FIRST_NULL = 3.8317059702075125
"""x where the visibility 2 J1(x)/x of a uniform disk is first zero: the end of the main lobe."""

MIN_ANTENNAS = 3
"""Least number of antennas: fewer do not determine the gains and the flux density separately (step 7 of the spec)."""

ARCSEC_PER_RAD = 180 * 3600 / np.pi


@dataclass(frozen=True)
class AntennaSelection:
    """The antennas and baselines used for the reference calibrator.

    Attributes
    ----------
    antennas : tuple of str
        Names, in the order of the MeasurementSet; empty means all antennas.
    uv_limit_m : float or None
        Longest baseline used (m); None means no limit.
    resolved : bool
        Whether the calibrator was treated as resolved.
    message : str
        The reason for the choice, for the log and the WebLog.
    """

    antennas: tuple[str, ...] = ()
    uv_limit_m: float | None = None
    resolved: bool = False
    message: str = ""

    @property
    def antenna(self) -> str:
        """CASA selection of the baselines within the list, ``'A,B,C&'``; blank for all antennas."""
        return ",".join(self.antennas) + "&" if self.antennas else ""

    @property
    @in_json
    def uvrange(self) -> str:
        """CASA selection of uv distances, such as ``'<72.589m'``; blank for no limit."""
        return "" if self.uv_limit_m is None else f"<{self.uv_limit_m:.3f}m"


def uniform_disk_visibility(baseline_m: ArrayLike, diameter_rad: float, frequency_hz: float) -> NDArray[np.float64]:
    """Return the visibility of a uniform disk, in units of its flux density.

    V(b) = 2 J1(x) / x with x = pi b theta / lambda (Thompson, Moran & Swenson, *Interferometry and Synthesis
    in Radio Astronomy*). It is 1 at b = 0 and becomes negative beyond its first null.

    Parameters
    ----------
    baseline_m : array_like
        Baseline lengths (m), of any shape.
    diameter_rad : float
        Angular diameter theta of the disk (rad).
    frequency_hz : float
        Frequency (Hz).

    Returns
    -------
    ndarray
        V(b), of the shape of `baseline_m`.
    """
    return _airy(np.asarray(baseline_m, dtype=float) * _phase_per_metre(diameter_rad, frequency_hz))


def uv_limit(shortest_m: float, diameter_rad: float, frequency_hz: float, peak_fraction: float) -> float:
    """Return the baseline at which a disk's visibility has fallen to a fraction of its peak.

    The peak is the visibility at the shortest baseline. The limit lies in the main lobe, where V falls monotonically.
    If the shortest baseline is at or beyond the first null, the limit is the null; then no baseline is shorter than
    the limit.

    Parameters
    ----------
    shortest_m : float
        Shortest baseline to the reference antenna (m).
    diameter_rad : float
        Angular diameter of the disk (rad), positive.
    frequency_hz : float
        Frequency (Hz).
    peak_fraction : float
        Fraction of the peak, between 0 and 1.

    Returns
    -------
    float
        Limiting baseline (m).

    Raises
    ------
    InputError
        If `peak_fraction` is not between 0 and 1.
    """
    if not 0 < peak_fraction < 1:
        raise InputError("peak_fraction", peak_fraction, "a number between 0 and 1 (exclusive) is needed")
    phase_per_metre = _phase_per_metre(diameter_rad, frequency_hz)
    shortest = shortest_m * phase_per_metre
    if shortest >= FIRST_NULL:
        return FIRST_NULL / phase_per_metre
    from scipy.optimize import brentq  # takes 0.5 s to import, and most calibrators are point sources

    threshold = peak_fraction * float(_airy(shortest))
    return float(brentq(lambda x: float(_airy(x)) - threshold, shortest, FIRST_NULL)) / phase_per_metre


def select_antennas(
    names: Sequence[str],
    positions: ArrayLike,
    refant: str,
    diameter_rad: float | None,
    lowest_frequency_hz: float,
    peak_fraction: float = 0.2,
) -> AntennaSelection:
    """Choose the antennas for the solves on a reference calibrator.

    For a point source all antennas are used. For a resolved source, the antennas within `uv_limit` of the reference
    antenna are used, and of these only the baselines shorter than `uv_limit`; the list is empty if these are all
    antennas. If fewer than three antennas qualify, including the reference antenna, all antennas and all baselines are
    used, as in the ALMA Pipeline.

    Parameters
    ----------
    names : sequence of str, length n_ant
        Antenna names, without repetitions.
    positions : array_like, shape (n_ant, 3)
        Their geocentric (ITRF) positions (m). Antennas without a position (NaN) are not used.
    refant : str
        Name of the reference antenna.
    diameter_rad : float or None
        Angular diameter of the calibrator (rad), of its larger axis; 0 or None for a point source.
    lowest_frequency_hz : float
        Lowest frequency of the science spws (Hz), at which the disk is least resolved.
    peak_fraction : float
        Fraction of the peak visibility that limits the baselines.

    Returns
    -------
    AntennaSelection

    Raises
    ------
    InputError
        If `refant` is not among the names, or `peak_fraction` is not between 0 and 1.
    """
    if not diameter_rad:
        return AntennaSelection(message="point source: all antennas and baselines are used")
    if refant not in names:
        raise InputError("refant", refant, "no such antenna", names)
    size = f"resolved ({diameter_rad * ARCSEC_PER_RAD:.3f} arcsec)"

    index = list(names).index(refant)
    distances = separations(positions)[index]
    others = np.delete(distances, index)
    others = others[np.isfinite(others)]
    if others.size == 0:
        return _all_antennas(size, f"{refant} is the only antenna, or its position is not known")

    limit = uv_limit(float(others.min()), diameter_rad, lowest_frequency_hz, peak_fraction)
    antennas = tuple(name for name, d in zip(names, distances, strict=True) if d <= limit)
    number = f"{len(antennas)} of {len(names)} antennas are within {limit:.3f} m of {refant}"
    if len(antennas) < MIN_ANTENNAS:
        return _all_antennas(size, f"only {number}, fewer than {MIN_ANTENNAS}")
    listed = () if len(antennas) == len(names) else antennas
    return AntennaSelection(listed, limit, True, f"{size}: {number}, where V falls to {peak_fraction:g} of its peak")


def _all_antennas(size: str, reason: str) -> AntennaSelection:
    message = f"Warning: {size}, but {reason}: all antennas and baselines are used"
    return AntennaSelection(resolved=True, message=message)


def _phase_per_metre(diameter_rad: float, frequency_hz: float) -> float:
    return float(np.pi * diameter_rad * frequency_hz / erfa.CMPS)


def _airy(x: ArrayLike) -> NDArray[np.float64]:
    """Return 2 J1(x) / x, with its limit 1 for x = 0."""
    from scipy.special import j1

    argument = np.asarray(x, dtype=float)
    safe = np.where(argument == 0, 1.0, argument)
    # Rounding can exceed the limit near zero.
    return np.where(argument == 0, 1.0, np.minimum(2 * j1(safe) / safe, 1.0))
