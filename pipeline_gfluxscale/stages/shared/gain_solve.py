"""Solve for gains: in memory where this package can, which gives gaincal's solutions, else by CASA's gaincal."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...casa import tasks
from ...casa.gain_table import GainRows, write_gains
from ...casa.visibilities import Visibilities
from ...domain.calibration import CalTable
from ...domain.measurementset import MeasurementSet
from ...domain.observation import Observation
from ...heuristics.resolved import AntennaSelection
from ...solving.gains import Gains, solve_gains
from ...solving.normal_equations import Mode, Rows, bytes_of_interval, normal_equations, parallel_hands
from ...solving.reference_antenna import refer_to
from .calibrator_data import CalibratorData

# Memory for the sums of the intervals that are solved for together (bytes).
_MEMORY = 50_000_000


@dataclass(frozen=True)
class GainSolve:
    """What is solved for, in gaincal's terms.

    Attributes
    ----------
    solint : str
    minblperant : int
    minsnr : float
    mode : Mode
        Phases or amplitudes.
    gaintype : str
        ``'G'`` or ``'T'``.
    refants : tuple of str
        Names of the reference antennas, in the order of preference.
    combine : str
        ``'spw'``, or blank.
    tables : tuple of CalTable
        Calibration to apply before the solve.
    corrdepflags : bool
        Whether a visibility is used although another correlation of it is flagged.
    """

    solint: str
    minblperant: int
    minsnr: float
    mode: Mode = Mode.PHASE
    gaintype: str = "G"
    refants: tuple[str, ...] = ()
    combine: str = ""
    tables: tuple[CalTable, ...] = ()
    corrdepflags: bool = False

    def gaincal(
        self, data: CalibratorData, observation: Observation, caltable: Path, antennas: AntennaSelection | None
    ) -> dict[str, Any]:
        """Return the arguments of gaincal."""
        refants, optional = self.refants, dict[str, Any]()
        if antennas is not None:
            refants = _taking_part(refants, antennas)
            optional |= {"antenna": antennas.antenna, "uvrange": antennas.uvrange}
        if self.corrdepflags:
            optional["corrdepflags"] = True
        if self.tables:
            optional["gaintable"] = [table.gaintable for table in self.tables]
            optional["interp"] = [table.interp for table in self.tables]
            optional["spwmap"] = [list(table.spwmap) for table in self.tables]
        if refants:
            optional["refant"] = ",".join(refants)
        return {
            "vis": data.vis,
            "caltable": caltable,
            **observation.selection,
            "solint": self.solint,
            "combine": self.combine,
            "minblperant": self.minblperant,
            "minsnr": self.minsnr,
            "gaintype": self.gaintype,
            "calmode": self.mode.value,
            **optional,
            "append": caltable.exists(),
        }


def _taking_part(refants: tuple[str, ...], antennas: AntennaSelection) -> tuple[str, ...]:
    """Return the reference antennas that take part: CASA refuses one that is not selected."""
    if not antennas.antennas or not refants:
        return refants
    return tuple(name for name in refants if name in antennas.antennas) or antennas.antennas


def solve_phases(
    ms: MeasurementSet,
    data: CalibratorData,
    observation: Observation,
    caltable: Path,
    solve: GainSolve,
    antennas: AntennaSelection | None = None,
) -> None:
    """Append the phases of an observation to a table; no table is made if there is no solution.

    Parameters
    ----------
    ms : MeasurementSet
    data : CalibratorData
    observation : Observation
    caltable : Path
    solve : GainSolve
    antennas : AntennaSelection, optional
        The antennas and baselines to use; all by default.
    """
    arguments = solve.gaincal(data, observation, caltable, antennas)
    if _needs_gaincal(ms, solve, antennas):
        tasks.run("gaincal", **arguments)
        return
    tasks.log_equivalent("gaincal", **arguments)
    ids = {antenna.name: antenna.id for antenna in ms.antennas}
    refants = [ids[name] for name in solve.refants]
    found = []
    for spw in observation.spws:
        read = data.visibilities(observation.field.id, spw, observation.scans)
        times, first, interval = np.unique(read.time, return_index=True, return_inverse=True)
        in_use = rows_in_use(ms, antennas, read.antenna1, read.antenna2, read.uv_distance)
        rows = _integrations(read, interval.reshape(-1), in_use, solve.corrdepflags)
        gains = solve_in_pieces(rows, len(times), len(ms.antennas), solve, refants)
        solved = gains.good.any(axis=(1, 2))
        referred, refant = refer_to(gains, refants)
        if solved.any():
            # A table of type G has two parameters even for data of one hand.
            whole = referred if solve.gaintype == "T" or len(rows.data) == 2 else referred.with_flagged_hand()
            columns = {
                "gain": whole.gain, "good": whole.good, "error": whole.error, "snr": whole.snr, "time": times,
                "scan": read.scan[first], "observation": read.observation[first], "refant": refant,
            }  # fmt: skip
            in_interval = {name: values[solved] for name, values in columns.items()}
            found.append(GainRows(**in_interval, field=observation.field.id, spw=spw))
    if found:
        write_gains(data.vis, caltable, solve.gaintype, found)


def _needs_gaincal(ms: MeasurementSet, solve: GainSolve, antennas: AntennaSelection | None) -> bool:
    """Return whether it is not one solution for each integration and spw, or antennas are not told by their names."""
    names = [antenna.name for antenna in ms.antennas]
    unknown = {*solve.refants, *(antennas.antennas if antennas else ())}.difference(names)
    is_simple = solve.solint == "int" and solve.gaintype in ("G", "T") and not solve.combine and not solve.tables
    return not is_simple or bool(unknown) or len(set(names)) < len(names)


def rows_in_use(
    ms: MeasurementSet,
    antennas: AntennaSelection | None,
    antenna1: np.ndarray,
    antenna2: np.ndarray,
    uv_distance: np.ndarray,
) -> np.ndarray:
    """Return which rows are of the selected antennas and baselines, shape (n_row,).

    Parameters
    ----------
    ms : MeasurementSet
    antennas : AntennaSelection or None
        None selects all.
    antenna1, antenna2 : ndarray of int, shape (n_row,)
    uv_distance : ndarray of float, shape (n_row,)
        m.
    """
    used = np.ones(antenna1.size, dtype=bool)
    if antennas is not None and antennas.antennas:
        selected = [antenna.id for antenna in ms.antennas if antenna.name in antennas.antennas]
        used &= np.isin(antenna1, selected) & np.isin(antenna2, selected)
    if antennas is not None and antennas.uv_limit_m is not None:
        used &= uv_distance < antennas.uv_limit_m
    return used


def _integrations(read: Visibilities, interval: np.ndarray, in_use: np.ndarray, corrdepflags: bool) -> Rows:
    """Return the parallel hands, with the weights of data that are not to be used set to zero."""
    any_flag = np.broadcast_to(read.flag.any(axis=0), read.flag.shape)
    weight = np.where((read.flag if corrdepflags else any_flag) | ~in_use, 0, read.weight)
    return rows_of(read.data, read.model, weight, read.antenna1, read.antenna2, interval)


def rows_of(
    data: np.ndarray,
    model: np.ndarray,
    weight: np.ndarray,
    antenna1: np.ndarray,
    antenna2: np.ndarray,
    interval: np.ndarray,
) -> Rows:
    """Return the visibilities of all correlations, shape (n_corr, n_row), as parallel hands and cross-hands."""
    hands = parallel_hands(len(data))
    others = [number for number in range(len(data)) if number not in hands]
    parallel = (data[hands], model[hands], weight[hands])
    return Rows(*parallel, antenna1, antenna2, interval, data[others], weight[others])


def solve_in_pieces(rows: Rows, n_interval: int, n_ant: int, solve: GainSolve, refants: Sequence[int] = ()) -> Gains:
    """Solve for gains, for as many intervals at a time as the memory suffices for."""
    n_hand, joint = len(rows.data), solve.gaintype == "T"
    step = max(1, _MEMORY // bytes_of_interval(n_hand, n_ant))
    order = np.argsort(rows.interval, kind="stable")
    starts = np.searchsorted(rows.interval[order], np.arange(0, n_interval + step, step))
    pieces = []
    for number, (start, end) in enumerate(itertools.pairwise(starts)):
        first = number * step
        piece, size = rows.select(order[start:end], first), min(step, n_interval - first)
        equations = normal_equations(piece, solve.mode, n_interval=size, n_ant=n_ant, joint=joint)
        gains = solve_gains(
            equations, solve.mode, refants=refants, min_baselines=solve.minblperant, min_snr=solve.minsnr
        )
        pieces.append(gains)
    return Gains.joined(pieces)
