"""Solar-system objects that CASA has models of, and how large they were."""

import importlib
from dataclasses import dataclass

from . import runtime

#: Objects of the 'Butler-JPL-Horizons 2012' standard (CASA's documentation of setjy).
SOLAR_SYSTEM_OBJECTS = frozenset(
    {
        "Venus", "Mars", "Jupiter", "Uranus", "Neptune", "Io", "Europa", "Ganymede", "Callisto", "Titan", "Ceres",
        "Juno", "Pallas", "Vesta", "Hygeia", "Lutetia",
    }
)  # fmt: skip

ARCSEC = 4.84813681109536e-06  # rad


@dataclass(frozen=True)
class ApparentSize:
    """Apparent size of a solar-system object (rad): the larger axis."""

    name: str
    diameter: float


def is_solar_system_object(field_name: str) -> bool:
    """Return whether CASA has a model of a solar-system object of this name."""
    return field_name.capitalize() in SOLAR_SYSTEM_OBJECTS


def apparent_size(field_name: str, time: float, observatory: str) -> ApparentSize | None:
    """Return the apparent size of a solar-system object.

    Parameters
    ----------
    field_name : str
        Name of the field.
    time : float
        MJD in s.
    observatory : str
        Name of a telescope that CASA knows.

    Returns
    -------
    ApparentSize or None
        None if it is not a solar-system object, or CASA has no ephemeris for that time.
    """
    if not is_solar_system_object(field_name):
        return None
    runtime.casatasks()
    models = importlib.import_module("casatasks.private.solar_system_setjy").solar_system_setjy()
    # The size does not depend on frequency; any band inside every model's range serves.
    _, _, _, shapes, _ = models.solar_system_fd(
        source_name=field_name,
        MJDs=[time / 86400.0],
        frequencies=[[100e9, 101e9]],
        observatory=observatory,
        casalog=runtime.casatasks().casalog,
    )
    major, minor = shapes[0][:2]
    diameter = max(major, minor) * ARCSEC
    return ApparentSize(field_name.capitalize(), diameter) if diameter > 0 else None
