"""What a gain solve is, in gaincal's terms, and solves in memory, which give gaincal's solutions."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...domain.calibration import CalTable
from ...domain.measurementset import MeasurementSet
from ...domain.observation import Observation
from ...heuristics.resolved import AntennaSelection
from ...solving.gains import Gains, solve_gains
from ...solving.normal_equations import Mode, Rows, bytes_of_interval, normal_equations, parallel_hands
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


def rows_of(
    data: np.ndarray,
    model: np.ndarray,
    weight: np.ndarray,
    antenna1: np.ndarray,
    antenna2: np.ndarray,
    interval: np.ndarray,
    guides: np.ndarray | None = None,
) -> Rows:
    """Return the visibilities of all correlations, shape (n_corr, n_row), as parallel hands and cross-hands.

    The first guess is made from the rows for which `guides` is true, by default from all.
    """
    hands = parallel_hands(len(data))
    others = [number for number in range(len(data)) if number not in hands]
    parallel = (data[hands], model[hands], weight[hands])
    guides = np.ones(antenna1.size, dtype=bool) if guides is None else guides
    return Rows(*parallel, antenna1, antenna2, interval, data[others], weight[others], guides)


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
