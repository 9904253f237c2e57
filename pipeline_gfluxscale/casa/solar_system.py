"""Solar-system objects that CASA has models of, and their apparent sizes."""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..domain.dates import utc
from ..errors import GFluxscaleError, InputError
from . import runtime
from .tools import open_table

#: Objects of the 'Butler-JPL-Horizons 2012' standard (CASA's documentation of setjy).
SOLAR_SYSTEM_OBJECTS = frozenset(
    {
        "Venus", "Mars", "Jupiter", "Uranus", "Neptune", "Io", "Europa", "Ganymede", "Callisto", "Titan", "Ceres",
        "Juno", "Pallas", "Vesta", "Hygeia", "Lutetia",
    }
)  # fmt: skip

ARCSEC = 4.84813681109536e-06  # rad
_DAY = 86400.0  # s


class NoModelError(GFluxscaleError):
    """CASA has no model of a solar-system object for a time or a frequency; the message says why."""


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
    # The size does not depend on frequency; all models cover these frequencies.
    model = _evaluate(field_name, time, [(100e9, 101e9)], observatory)
    return ApparentSize(field_name.capitalize(), model.size) if model.size > 0 else None


def model_flux_densities(
    field_name: str, time: float, frequencies: Sequence[tuple[float, float]], observatory: str
) -> NDArray[np.float64]:
    """Return the flux densities of CASA's model of a solar-system object (Jy), shape (n_spw,).

    Parameters
    ----------
    field_name : str
        Name of the object.
    time : float
        MJD in s.
    frequencies : sequence of tuple of float
        Lowest and highest frequency of each spw (Hz).
    observatory : str
        Name of a telescope that CASA knows.

    Raises
    ------
    NoModelError
        If CASA has no model for the time or the frequencies.
    """
    model = _evaluate(field_name, time, frequencies, observatory)
    if model.status not in _PROBLEMS:
        return np.array(model.fluxes, dtype=float)
    name, when = field_name.capitalize(), f"{utc(time):%Y-%m-%d %H:%M} UTC"
    bands = ", ".join(f"{low / 1e9:.1f}-{high / 1e9:.1f} GHz" for low, high in frequencies)
    raise NoModelError(
        _PROBLEMS[model.status].format(
            name=name, when=when, bands=bands, observatory=observatory, ranges=_words_of_ranges(name)
        )
    )


# Explanations of the status that CASA's model of solar-system objects returns.
_PROBLEMS = {
    1: "CASA's Butler-JPL-Horizons 2012 standard has no model of {name}",
    2: "CASA's model of {name} does not cover {when} or {bands}",
    3: "the table with the brightness of {name} is missing from CASA's runtime data",
    4: "{name} was observed at {when}, and CASA's ephemerides of {name} cover {ranges}: newer runtime data of CASA may "
    "cover it, or set a model with setjy(standard='manual')",
    5: "CASA does not know the observatory {observatory}",
}


def ephemeris_ranges(name: str) -> list[tuple[float, float]]:
    """Return the first and last day (MJD) of each ephemeris that CASA's models of an object use, sorted."""
    return sorted(_ephemeris_tables(name))


def read_ephemeris(name: str, day: float) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Return the columns and the keywords of CASA's ephemeris of an object that covers a day (MJD).

    Raises
    ------
    InputError
        If CASA has no ephemeris of the object for that day.
    """
    for (first, last), path in sorted(_ephemeris_tables(name).items()):
        if first < day < last:
            with open_table(path) as table:
                return {column: table.getcol(column) for column in table.colnames()}, table.getkeywords()
    when = f"{utc(day * _DAY):%Y-%m-%d}"
    raise InputError("start", when, f"CASA's ephemerides of {name} cover {_words_of_ranges(name)}")


def _ephemeris_tables(name: str) -> dict[tuple[float, float], Path]:
    tables = {}
    for path in Path(runtime.casatools().ctsys.resolve("ephemerides/JPL-Horizons")).glob(f"{name}_*J2000*"):
        with open_table(path) as table:
            first, last = (float(table.getkeyword(key)["m0"]["value"]) for key in ("earliest", "latest"))
        tables[first, last] = path
    return tables


def _words_of_ranges(name: str) -> str:
    ranges = [f"{utc(first * _DAY):%Y-%m-%d} to {utc(last * _DAY):%Y-%m-%d}" for first, last in ephemeris_ranges(name)]
    return ", ".join(ranges) or "no date at all"


@dataclass(frozen=True)
class _Model:
    """CASA's model at a time: its status, flux densities (Jy) by spw, and the larger axis of the disk (rad)."""

    status: int
    fluxes: tuple[float, ...]
    size: float


def _evaluate(name: str, time: float, frequencies: Sequence[tuple[float, float]], observatory: str) -> _Model:
    """Evaluate CASA's model of an object."""
    runtime.casatasks()
    models = importlib.import_module("casatasks.private.solar_system_setjy").solar_system_setjy()
    statuses, fluxes, _, shapes, _ = models.solar_system_fd(
        source_name=name,
        MJDs=[time / _DAY],
        frequencies=[list(limits) for limits in frequencies],
        observatory=observatory,
        casalog=runtime.casatasks().casalog,
    )
    return _Model(max(statuses[0]), tuple(fluxes[0]), max(shapes[0][:2]) * ARCSEC)
