"""CASA's simulator tool and measures: an observation's rows, baselines and times without visibilities."""

import importlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import runtime

OBSERVATORY = "ALMA"
_DAY = 86400.0
# Any frequency inside the range of all models: only the direction is wanted.
_ANY_FREQUENCY = [100e9, 101e9]
# The simulator flags what is below; low elevations are refused before, by a message that a person understands.
_NO_LIMIT = "0deg"


@dataclass(frozen=True)
class Array:
    """Antennas on their pads.

    Attributes
    ----------
    names, pads : tuple of str
    positions : tuple of (float, float, float)
        East, north and up from the array's reference position (m).
    diameters : tuple of float
        Dish diameters (m).
    """

    names: tuple[str, ...]
    pads: tuple[str, ...]
    positions: tuple[tuple[float, float, float], ...]
    diameters: tuple[float, ...]


@dataclass(frozen=True)
class Pointing:
    """One call of the simulator's observe(): a field in one spw from `start` to `stop` (s after the reference)."""

    field: int
    spw: int
    start: float
    stop: float


def configuration_file(name: str) -> Path:
    """Return the antenna configuration file that CASA's data have under ``alma/simmos``; it may not exist."""
    return Path(runtime.casatools().ctsys.resolve(f"alma/simmos/{name}.cfg"))


def configuration_names() -> tuple[str, ...]:
    """Return the names of ALMA's antenna configurations in CASA's data."""
    directory = Path(runtime.casatools().ctsys.resolve("alma/simmos"))
    return tuple(sorted(f.stem for f in directory.glob("a*.cfg") if f.stem.startswith(("alma.", "aca."))))


def epoch_seconds(utc: str) -> float:
    """Convert an ISO date and time (UTC) to MJD in s."""
    return float(runtime.casatools().measures().epoch("UTC", utc)["m0"]["value"]) * _DAY


def ephemeris_direction(name: str, time: float) -> tuple[float, float] | None:
    """Return where a solar-system object is.

    Parameters
    ----------
    name : str
        Such as ``'Uranus'``.
    time : float
        MJD in s.

    Returns
    -------
    (float, float) or None
        Right ascension and declination (J2000, rad), from the ephemeris that setjy uses; None outside of it.
    """
    tasks = runtime.casatasks()
    models = importlib.import_module("casatasks.private.solar_system_setjy").solar_system_setjy()
    statuses, _, _, _, directions = models.solar_system_fd(
        source_name=name.capitalize(),
        MJDs=[time / _DAY],
        frequencies=[_ANY_FREQUENCY],
        observatory=OBSERVATORY,
        casalog=tasks.casalog,
    )
    if statuses[0][0] != 0:
        return None
    return directions[0]["m0"]["value"] % (2 * math.pi), directions[0]["m1"]["value"]


def hour_angle_and_elevation(direction: tuple[float, float], time: float) -> tuple[float, float]:
    """Return hour angle and elevation (rad) of a J2000 direction (rad) at ALMA at `time` (MJD, s)."""
    measures = runtime.casatools().measures()
    measures.doframe(measures.observatory(OBSERVATORY))
    measures.doframe(measures.epoch("UTC", f"{time / _DAY!r}d"))
    source = _direction(measures, direction)
    hour_angle = measures.measure(source, "HADEC")["m0"]["value"]
    return hour_angle, measures.measure(source, "AZELGEO")["m1"]["value"]


def observatory_latitude() -> float:
    """Return ALMA's latitude (rad)."""
    return float(runtime.casatools().measures().observatory(OBSERVATORY)["m1"]["value"])


def create_skeleton(
    vis: Path,
    array: Array,
    directions: Sequence[tuple[float, float]],
    frequencies: Sequence[float],
    correlations: str,
    reference_time: float,
    integration: float,
    pointings: Sequence[Pointing],
) -> None:
    """Create a MeasurementSet with all rows, UVW and subtables, and one empty channel per spw.

    The rows of a pointing follow each other, those of pointing i have SCAN_NUMBER i + 1. Fields and spws are
    called by their ids. Autocorrelations are not simulated.

    Parameters
    ----------
    vis : Path
        The MeasurementSet; must not exist.
    array : Array
    directions : sequence of (float, float)
        J2000 right ascension and declination of each field (rad).
    frequencies : sequence of float
        Centre of each spw (Hz).
    correlations : str
        Such as ``'XX YY'``.
    reference_time : float
        MJD in s, that the pointings count from.
    integration : float
        s
    pointings : sequence of Pointing
    """
    tools = runtime.casatools()
    measures, simulator = tools.measures(), tools.simulator()
    simulator.open(str(vis))
    try:
        east, north, up = (list(axis) for axis in zip(*array.positions, strict=True))
        simulator.setconfig(
            telescopename=OBSERVATORY,
            x=east,
            y=north,
            z=up,
            dishdiameter=list(array.diameters),
            mount=["alt-az"],
            antname=list(array.names),
            padname=list(array.pads),
            coordsystem="local",
            referencelocation=measures.observatory(OBSERVATORY),
        )
        for spw, frequency in enumerate(frequencies):
            simulator.setspwindow(
                spwname=f"spw{spw}",
                freq=f"{frequency!r}Hz",
                deltafreq="1MHz",
                freqresolution="1MHz",
                nchannels=1,
                refcode="TOPO",
                stokes=correlations,
            )
        simulator.setfeed("perfect R L" if "R" in correlations or "L" in correlations else "perfect X Y")
        simulator.setlimits(shadowlimit=1.0, elevationlimit=_NO_LIMIT)
        simulator.setauto(0.0)
        for field, direction in enumerate(directions):
            simulator.setfield(sourcename=f"field{field}", sourcedirection=_direction(measures, direction))
        simulator.settimes(
            integrationtime=f"{integration!r}s",
            usehourangle=False,
            referencetime=measures.epoch("UTC", f"{reference_time / _DAY!r}d"),
        )
        for pointing in pointings:
            simulator.observe(
                f"field{pointing.field}",
                f"spw{pointing.spw}",
                starttime=f"{pointing.start!r}s",
                stoptime=f"{pointing.stop!r}s",
            )
    finally:
        simulator.close()
        simulator.done()


def _direction(measures: Any, direction: tuple[float, float]) -> Any:
    return measures.direction("J2000", f"{direction[0]!r}rad", f"{direction[1]!r}rad")
