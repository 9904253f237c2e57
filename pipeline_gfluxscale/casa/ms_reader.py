"""Read what was observed from a MeasurementSet's tables into the domain."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..averaging.distinct import distinct
from ..domain.intents import intents_of
from ..domain.measurementset import Antenna, Field, MeasurementSet, Scan, SpectralWindow
from ..errors import GFluxscaleError, UnreadableDataError
from ..heuristics.integrations import count_integrations
from ..heuristics.science_spws import NOT_SCIENCE_NUM_CHANNELS, science_spws
from .field_directions import read_directions
from .ms_check import check_is_measurementset
from .tools import open_table
from .trial_opening import check_survives

_CORRELATIONS = {5: "RR", 6: "RL", 7: "LR", 8: "LL", 9: "XX", 10: "XY", 11: "YX", 12: "YY"}
_CORRELATIONS |= {1: "I", 2: "Q", 3: "U", 4: "V"}


def read_measurementset(vis: str | Path) -> MeasurementSet:
    """Import a MeasurementSet into the domain.

    Parameters
    ----------
    vis : path
        The MeasurementSet.

    Raises
    ------
    InputError
        If it does not exist or is not a MeasurementSet.
    UnreadableDataError
        If its data cannot be read, or if it has none.
    MeasurementSetLockedError
        If another process keeps it locked.
    """
    path = Path(vis).expanduser().absolute()
    check_survives(path)
    check_is_measurementset(path)
    with reading(path):
        return _read(path)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Raise `UnreadableDataError` if CASA cannot read a MeasurementSet, or if its tables contradict each other."""
    try:
        yield
    except GFluxscaleError:
        raise
    except (RuntimeError, IndexError, KeyError, ValueError) as error:
        problem = f"CASA cannot read it, or it contradicts itself: {error}"
        raise UnreadableDataError("vis", str(path), problem) from error


def _read(path: Path) -> MeasurementSet:
    modes = _read_obs_modes(path)
    states = {i: intents_of(mode) for i, mode in modes.items()}
    description = _read_data_descriptions(path)
    spws = _read_spectral_windows(path, [description[ddid] for ddid in _by_use(path, len(description))])
    scans = _read_scans(path, states, description, spws)
    has_intents = any(scan.intents for scan in scans)
    telescope = _read_telescope(path)
    return MeasurementSet(
        path=path,
        telescope=telescope,
        antennas=_read_antennas(path),
        spectral_windows=spws,
        fields=_read_fields(path, scans),
        scans=scans,
        science_spw_ids=science_spws(telescope, spws, scans, has_intents),
        obs_modes=tuple(sorted({mode for mode in modes.values() if mode})),
    )


@dataclass(frozen=True)
class Setups:
    """The meaning of the ids in the main table.

    Attributes
    ----------
    spw : tuple of int
        Spw of each data description.
    frequency : tuple of ndarray
        Frequencies (Hz) of the channels of each data description.
    correlations : tuple of tuple of str
        Correlations of each data description.
    obs_modes : dict of int to str
        OBS_MODE by STATE_ID.
    num_antennas, num_fields, num_spws : int
    """

    spw: tuple[int, ...]
    frequency: tuple[np.ndarray, ...]
    correlations: tuple[tuple[str, ...], ...]
    obs_modes: dict[int, str]
    num_antennas: int
    num_fields: int
    num_spws: int


def read_setups(path: Path) -> Setups:
    """Read the meaning of the ids in the main table of a MeasurementSet."""
    description = _read_data_descriptions(path)
    with open_table(path / "SPECTRAL_WINDOW") as table:
        frequency = tuple(np.atleast_1d(table.getcell("CHAN_FREQ", spw)) for spw, _ in description)
    rows = {}
    for name in ("ANTENNA", "FIELD", "SPECTRAL_WINDOW"):
        with open_table(path / name) as table:
            rows[name] = int(table.nrows())
    return Setups(
        spw=tuple(spw for spw, _ in description),
        frequency=frequency,
        correlations=tuple(correlations for _, correlations in description),
        obs_modes=_read_obs_modes(path),
        num_antennas=rows["ANTENNA"],
        num_fields=rows["FIELD"],
        num_spws=rows["SPECTRAL_WINDOW"],
    )


def _read_telescope(path: Path) -> str:
    with open_table(path / "OBSERVATION") as table:
        names = table.getcol("TELESCOPE_NAME") if table.nrows() else ["unknown"]
    return str(names[0])


def _read_antennas(path: Path) -> tuple[Antenna, ...]:
    with open_table(path / "ANTENNA") as table:
        names, stations = table.getcol("NAME"), table.getcol("STATION")
        positions, diameters = table.getcol("POSITION"), table.getcol("DISH_DIAMETER")
    return tuple(
        Antenna(i, str(names[i]), str(stations[i]), tuple(positions[:, i].tolist()), float(diameters[i]))
        for i in range(len(names))
    )


def _read_obs_modes(path: Path) -> dict[int, str]:
    if not (path / "STATE").exists():
        return {}
    with open_table(path / "STATE") as table:
        modes = table.getcol("OBS_MODE") if table.nrows() else []
    return {i: str(mode) for i, mode in enumerate(modes)}


def _read_data_descriptions(path: Path) -> list[tuple[int, tuple[str, ...]]]:
    """Return (spw, correlations) of each data description."""
    with open_table(path / "POLARIZATION") as table:
        correlations = [
            tuple(_CORRELATIONS.get(int(code), str(code)) for code in table.getcell("CORR_TYPE", row))
            for row in range(table.nrows())
        ]
    with open_table(path / "DATA_DESCRIPTION") as table:
        spws, polarizations = table.getcol("SPECTRAL_WINDOW_ID"), table.getcol("POLARIZATION_ID")
    return [(int(spw), correlations[pol]) for spw, pol in zip(spws, polarizations, strict=True)]


def _by_use(path: Path, descriptions: int) -> list[int]:
    """Return the ids of the data descriptions; those with the most rows come first."""
    with open_table(path) as table:
        counts = np.zeros(descriptions, dtype=int)
        if table.nrows():
            counts += np.bincount(table.getcol("DATA_DESC_ID"), minlength=descriptions)
    return [int(index) for index in np.argsort(-counts, kind="stable")]


def _read_spectral_windows(path: Path, description: list[tuple[int, tuple[str, ...]]]) -> tuple[SpectralWindow, ...]:
    """Read the spws; if `description` has several polarization setups of a spw, the first is used."""
    correlations = dict(reversed(description))
    windows = []
    with open_table(path / "SPECTRAL_WINDOW") as table:
        has_baseband = "BBC_NO" in table.colnames()
        for row in range(table.nrows()):
            centres = table.getcell("CHAN_FREQ", row)
            widths = np.abs(table.getcell("CHAN_WIDTH", row))
            windows.append(
                SpectralWindow(
                    id=row,
                    name=str(table.getcell("NAME", row)),
                    num_channels=len(centres),
                    min_frequency=float(np.min(centres - widths / 2)),
                    max_frequency=float(np.max(centres + widths / 2)),
                    mean_frequency=float(np.mean(centres)),
                    bandwidth=float(table.getcell("TOTAL_BANDWIDTH", row)),
                    baseband=int(table.getcell("BBC_NO", row)) if has_baseband else 0,
                    correlations=correlations.get(row, ()),
                )
            )
    return tuple(windows)


def _read_scans(
    path: Path,
    states: dict[int, frozenset[str]],
    description: list[tuple[int, tuple[str, ...]]],
    spws: tuple[SpectralWindow, ...],
) -> tuple[Scan, ...]:
    """Read the scans. The same number in two observations, as in concatenations, means two scans."""
    columns = ("OBSERVATION_ID", "SCAN_NUMBER", "FIELD_ID", "STATE_ID", "DATA_DESC_ID", "TIME", "INTERVAL")
    with open_table(path) as table:
        if table.nrows() == 0:
            raise UnreadableDataError("vis", str(path), "the MeasurementSet has no rows")
        rows = np.stack([table.getcol(column) for column in columns])
    # All baselines have the same values: one row per integration and data description remains. Most of them are stored
    # one after another, and sorting all rows would take seconds.
    is_new = np.any(rows[:, 1:] != rows[:, :-1], axis=0)
    rows = distinct(rows[:, np.flatnonzero(np.append(True, is_new))]).values
    groups: dict[tuple[int, int, int, frozenset[str]], list[Any]] = {}
    for observation, scan, field_id, state, ddid in distinct(rows[:5].astype(int)).values.T:
        key = (int(observation), int(scan), int(field_id), states.get(int(state), frozenset()))
        groups.setdefault(key, []).append((int(state), int(ddid)))
    scans = []
    for (observation, scan, field_id, intents), members in groups.items():
        state_ids, ddids = zip(*members, strict=True)
        mine = np.all(rows[:3] == [[observation], [scan], [field_id]], axis=0) & np.isin(rows[3], state_ids)
        # The radiometers and the channel averages have other integration times than the correlator.
        channels = {ddid: spws[description[ddid][0]].num_channels for ddid in ddids}
        correlator = [ddid for ddid in channels if channels[ddid] not in NOT_SCIENCE_NUM_CHANNELS]
        of_spws = [rows[5:, mine & (rows[4] == ddid)] for ddid in correlator or channels]
        times = [np.unique(time) for time, _ in of_spws]
        scans.append(
            Scan(
                id=scan,
                field_id=field_id,
                intents=intents,
                spw_ids=frozenset(description[ddid][0] for ddid in ddids),
                start=float(min(of_spw[0] for of_spw in times)),
                end=float(max(of_spw[-1] for of_spw in times)),
                num_integrations=max(
                    count_integrations(time, float(np.median(interval)))
                    for time, (_, interval) in zip(times, of_spws, strict=True)
                ),
            )
        )
    return tuple(sorted(scans, key=lambda s: (s.start, s.id, s.field_id)))


def _read_fields(path: Path, scans: tuple[Scan, ...]) -> tuple[Field, ...]:
    observed: dict[int, list[Scan]] = {}
    for scan in scans:
        observed.setdefault(scan.field_id, []).append(scan)
    directions = read_directions(path, {field: mine[0].start for field, mine in observed.items()})
    with open_table(path / "FIELD") as table:
        names = [str(table.getcell("NAME", row)) for row in range(table.nrows())]
    return tuple(
        Field(
            id=row,
            name=name,
            ra=where.ra,
            dec=where.dec,
            intents=frozenset().union(*(scan.intents for scan in observed.get(row, ()))),
            ephemeris=where.ephemeris,
        )
        for row, (name, where) in enumerate(zip(names, directions, strict=True))
    )
