"""The directions of fields in the frame of the antennas' positions, which turns with the Earth."""

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from . import runtime
from .tools import open_measurementset, open_table

# CASA computes a direction for the middle of each interval of this length (s), and the Earth's rotation gives those
# within it. What it does not give (precession, nutation, the change of the aberration) is below 4e-8 rad.
_INTERVAL = 600.0
# Rotation of the Earth (rad/s): IAU 2000, derivative of the Earth rotation angle.
_ROTATION = 2 * np.pi * 1.00273781191135448 / 86400


class EarthDirections:
    """Unit vectors to the phase centres of fields, as CASA needs them to correct antennas' positions.

    Like CASA, use the direction of a moving field at FIELD.TIME.

    Parameters
    ----------
    vis : Path
        The MeasurementSet.
    """

    def __init__(self, vis: Path) -> None:
        self._vis = vis
        self._centres: dict[int, dict[str, Any]] = {}
        self._known: dict[tuple[int, int], np.ndarray] = {}

    def at(self, field: int, times: np.ndarray) -> np.ndarray:
        """Return the directions of a field.

        Parameters
        ----------
        field : int
        times : ndarray of float, shape (n_time,)
            MJD, s.

        Returns
        -------
        ndarray of float, shape (n_time, 3)
            In the frame ITRF.
        """
        interval = np.floor(times / _INTERVAL).astype(int)
        result = np.empty((times.size, 3))
        for number in np.unique(interval).tolist():
            middle = (number + 0.5) * _INTERVAL
            if (field, number) not in self._known:
                self._known[field, number] = self._computed(field, middle)
            here = interval == number
            result[here] = _turned(self._known[field, number], -_ROTATION * (times[here] - middle))
        return result

    def _computed(self, field: int, time: float) -> np.ndarray:
        if field not in self._centres:
            with open_measurementset(self._vis) as ms:
                self._centres[field] = ms.getfielddirmeas("PHASE_DIR", field)
        measures, quanta = runtime.casatools().measures(), runtime.casatools().quanta()
        scale, position = self._frame
        try:
            measures.doframe(measures.position("ITRF", *(quanta.quantity(value, "m") for value in position)))
            measures.doframe(measures.epoch(scale, quanta.quantity(time, "s")))
            direction = measures.measure(self._centres[field], "ITRF")
        finally:
            measures.done()
        longitude, latitude = (direction[name]["value"] for name in ("m0", "m1"))
        across = np.cos(latitude)
        return np.array([across * np.cos(longitude), across * np.sin(longitude), np.sin(latitude)])

    @cached_property
    def _frame(self) -> tuple[str, list[float]]:
        """The time scale, and the position (m) of the antenna at which CASA computes directions."""
        with open_table(self._vis) as table:
            scale = str(table.getcolkeyword("TIME", "MEASINFO")["Ref"])
        with open_table(self._vis / "ANTENNA") as table:
            return scale, table.getcell("POSITION", 0).tolist()


def _turned(vector: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """Return a vector turned about the third axis by angles (rad), shape (n_angle, 3)."""
    x, y, z = vector
    sine, cosine = np.sin(angle), np.cos(angle)
    return np.stack([cosine * x - sine * y, sine * x + cosine * y, np.full_like(angle, z)], axis=-1)
