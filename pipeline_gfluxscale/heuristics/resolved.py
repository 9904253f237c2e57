"""Which antennas see enough of a calibrator that the interferometer resolves.

The rules are steps 1 to 7 of "Resolved calibrator antenna selection" in the ALMA Pipeline's description of
hifa_gfluxscale. Two things are done by the book where the stock stage approximates: baselines are
three-dimensional distances, and the limiting baseline is solved for and not stepped to.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.constants import speed_of_light
from scipy.optimize import brentq
from scipy.special import j1, jn_zeros

from ..domain.json_shape import in_json
from ..errors import InputError
from .geometry import separations

FIRST_NULL = float(jn_zeros(1, 1)[0])
"""x = 3.8317, where the visibility 2 J1(x)/x of a uniform disk first reaches zero: the main lobe's end."""

MIN_ANTENNAS = 3
"""With fewer antennas than this no amplitude gain can be told from the flux (step 7 of the spec)."""

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
        Why, for the log and the WebLog.
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

    The peak is the visibility at the shortest baseline, and the limit is sought on the main lobe, where V
    falls monotonically. A shortest baseline at or beyond the first null leaves no main lobe to search: the
    limit is then the null itself, to which it tends as the shortest baseline approaches the null from below.
    No baseline is shorter than that limit, so none qualifies.

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
        raise InputError("peak_fraction", peak_fraction, "a number between 0 and 1 is needed")
    phase_per_metre = _phase_per_metre(diameter_rad, frequency_hz)
    shortest = shortest_m * phase_per_metre
    if shortest >= FIRST_NULL:
        return FIRST_NULL / phase_per_metre
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

    A point source takes everything. Of a resolved one only the antennas within `uv_limit` of the reference
    antenna are taken, and only their baselines shorter than that; the list stays blank if it holds all
    antennas. Where fewer than three antennas qualify, the reference antenna included, all antennas and all
    baselines are taken, as the stock stage does.

    Parameters
    ----------
    names : sequence of str, length n_ant
        Antenna names, each one once.
    positions : array_like, shape (n_ant, 3)
        Their geocentric (ITRF) positions (m).
    refant : str
        Name of the reference antenna.
    diameter_rad : float or None
        Angular diameter of the calibrator (rad), of its larger axis; 0 or None for a point source.
    lowest_frequency_hz : float
        Lowest frequency of the science spws (Hz), where the disk is resolved least.
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
    if others.size == 0:
        return _all_antennas(size, f"{refant} is the only antenna")

    limit = uv_limit(float(others.min()), diameter_rad, lowest_frequency_hz, peak_fraction)
    antennas = tuple(name for name, d in zip(names, distances, strict=True) if d <= limit)
    found = f"{len(antennas)} of {len(names)} antennas are within {limit:.3f} m of {refant}"
    if len(antennas) < MIN_ANTENNAS:
        return _all_antennas(size, f"only {found}, fewer than {MIN_ANTENNAS}")
    listed = () if len(antennas) == len(names) else antennas
    return AntennaSelection(listed, limit, True, f"{size}: {found}, where V falls to {peak_fraction:g} of its peak")


def _all_antennas(size: str, reason: str) -> AntennaSelection:
    message = f"Warning: {size}, but {reason}: all antennas and baselines are used"
    return AntennaSelection(resolved=True, message=message)


def _phase_per_metre(diameter_rad: float, frequency_hz: float) -> float:
    return float(np.pi * diameter_rad * frequency_hz / speed_of_light)


def _airy(x: ArrayLike) -> NDArray[np.float64]:
    """2 J1(x) / x, and its limit 1 where x vanishes."""
    argument = np.asarray(x, dtype=float)
    safe = np.where(argument == 0, 1.0, argument)
    # Rounding can exceed the limit near zero.
    return np.where(argument == 0, 1.0, np.minimum(2 * j1(safe) / safe, 1.0))
