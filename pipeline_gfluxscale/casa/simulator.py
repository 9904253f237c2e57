"""Make a MeasurementSet with CASA's simulator tool: times, baselines and intents, with visibilities of zero."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import InputError
from . import runtime

_PLANET_OF = {"Io": "Jupiter", "Europa": "Jupiter", "Ganymede": "Jupiter", "Callisto": "Jupiter", "Titan": "Saturn"}


@dataclass(frozen=True)
class ObservedBlock:
    """One scan in one spw: names of field and spw, intent as OBS_MODE, and times (MJD, s)."""

    field: str
    spw: str
    obs_mode: str
    start: float
    stop: float


def antenna_configuration(name: str, count: int) -> tuple[np.ndarray, list[str]]:
    """Return the `count` innermost pads of an antenna configuration of CASA's simulation data.

    Returns
    -------
    positions : ndarray, shape (count, 3)
        East, north, up (m).
    pads : list of str

    Raises
    ------
    InputError
        If there is no such configuration, or it has fewer pads.
    """
    path = Path(runtime.casatools().ctsys.resolve(f"alma/simmos/{name}.cfg"))
    if not path.is_file():
        simmos = Path(runtime.casatools().ctsys.resolve("alma/simmos"))
        known = sorted(file.stem for pattern in ("alma.*.cfg", "aca.*.cfg") for file in simmos.glob(pattern))
        raise InputError("configuration", name, "no such antenna configuration", known)
    rows = [line.split() for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")]
    if count > len(rows):
        raise InputError("antennas", count, f"{name} has no more than {len(rows)}")
    positions = np.array([[float(word) for word in row[:3]] for row in rows])
    distance = np.linalg.norm(positions - np.median(positions, axis=0), axis=1)
    inner = np.sort(np.argsort(distance)[:count])
    return positions[inner], [rows[i][4] for i in inner]


def mjd_seconds(time: str) -> float:
    """Return a time in CASA's form (UTC) as MJD in s."""
    quanta = runtime.casatools().quanta()
    return float(quanta.convert(quanta.quantity(time), "s")["value"])


def object_direction(name: str, time: float, telescope: str) -> tuple[float, float]:
    """Return the J2000 right ascension and declination (rad) of a solar-system object at `time` (MJD, s).

    The direction of a moon is that of its planet.
    """
    measures = runtime.casatools().measures()
    measures.doframe(measures.epoch("utc", f"{time}s"))
    measures.doframe(measures.observatory(telescope))
    # CASA's measures tool has the planets only; for other names it returns the direction of the pole.
    direction = measures.measure(measures.direction(_PLANET_OF.get(name, name)), "J2000")
    return float(direction["m0"]["value"]), float(direction["m1"]["value"])


def observe_blocks(
    vis: Path,
    telescope: str,
    positions: np.ndarray,
    antennas: Sequence[str],
    pads: Sequence[str],
    diameters: Sequence[float],
    spws: Sequence[tuple[str, float, float, int]],
    correlations: str,
    fields: Sequence[tuple[str, tuple[float, float]]],
    blocks: Sequence[ObservedBlock],
    integration: float,
) -> None:
    """Create `vis` and observe the blocks.

    Parameters
    ----------
    vis : Path
    telescope : str
    positions : ndarray, shape (n_ant, 3)
        East, north, up (m).
    antennas, pads : sequence of str
    diameters : sequence of float
        m
    spws : sequence of (name, frequency of the first channel (Hz), channel width (Hz), channels)
    correlations : str
    fields : sequence of (name, (ra, dec) in rad)
        Names have to be unique.
    blocks : sequence of ObservedBlock
    integration : float
        s
    """
    casatools = runtime.casatools()
    simulator, measures, quanta = casatools.simulator(), casatools.measures(), casatools.quanta()
    day = float(np.floor(blocks[0].start / 86400))
    simulator.open(str(vis))
    try:
        simulator.setconfig(
            telescopename=telescope,
            x=positions[:, 0].tolist(),
            y=positions[:, 1].tolist(),
            z=positions[:, 2].tolist(),
            dishdiameter=list(diameters),
            mount=["alt-az"],
            antname=list(antennas),
            padname=list(pads),
            coordsystem="local",
            referencelocation=measures.observatory(telescope),
        )
        for name, first, width, channels in spws:
            simulator.setspwindow(
                spwname=name,
                freq=f"{first!r}Hz",
                deltafreq=f"{width!r}Hz",
                freqresolution=f"{width!r}Hz",
                nchannels=channels,
                stokes=correlations,
            )
        simulator.setfeed("perfect R L" if correlations.startswith("R") else "perfect X Y", pol=[""])
        for name, (ra, dec) in fields:
            direction = measures.direction("J2000", f"{ra!r}rad", f"{dec!r}rad")
            simulator.setfield(sourcename=name, sourcedirection=direction)
        simulator.setlimits(shadowlimit=1e-6, elevationlimit="5deg")
        simulator.setauto(autocorrwt=0.0)
        simulator.settimes(
            integrationtime=f"{integration!r}s",
            usehourangle=False,
            referencetime=measures.epoch("UTC", quanta.quantity(day, "d")),
        )
        for block in blocks:
            simulator.observe(
                sourcename=block.field,
                spwname=block.spw,
                starttime=f"{block.start - day * 86400!r}s",
                stoptime=f"{block.stop - day * 86400!r}s",
                state_obs_mode=block.obs_mode,
            )
    finally:
        simulator.close()
