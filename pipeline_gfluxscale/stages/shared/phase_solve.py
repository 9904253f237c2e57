"""Solve for phases: in memory where this package can, which gives gaincal's solutions, otherwise by CASA's gaincal."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from ...casa import tasks
from ...casa.gain_table import GainRows, write_gains
from ...casa.visibilities import Visibilities
from ...domain.measurementset import MeasurementSet
from ...domain.observation import Observation
from ...heuristics.resolved import AntennaSelection
from ...solving.gains import Gains
from ...solving.normal_equations import Rows
from ...solving.reference_antenna import order_of_choice, refer_to
from .calibrator_data import CalibratorData
from .gain_solve import GainSolve, rows_in_use, rows_of, solve_in_pieces

LOG = logging.getLogger(__name__)


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
    if reason := _why_gaincal(ms, observation, caltable, solve, antennas):
        LOG.info("%s: gaincal solves for the phases of %s, because of %s", ms.name, observation.label, reason)
        tasks.run("gaincal", **arguments)
        return
    tasks.log_equivalent("gaincal", **arguments)
    spws = data.spws_with_rows(observation.field.id, observation.spws, observation.scans)
    groups = [spws] if solve.combine else [(spw,) for spw in spws]
    solver = _Solver(ms, data, observation, solve, antennas)
    found = solver.referred([solutions for group in groups for solutions in solver.solutions(group)])
    if found:
        write_gains(data.vis, caltable, solve.gaintype, found, combined=spws if solve.combine else ())


def _why_gaincal(
    ms: MeasurementSet,
    observation: Observation,
    caltable: Path,
    solve: GainSolve,
    antennas: AntennaSelection | None,
) -> str:
    """Return for what gaincal has to solve, as its solutions are not known to be found here; blank if for nothing."""
    names = [antenna.name for antenna in ms.antennas]
    unknown = {*solve.refants, *(antennas.antennas if antennas else ())}.difference(names)
    correlations = {ms.spw(spw).correlations for spw in observation.spws}
    reasons = {
        f"solution intervals of {solve.solint}": solve.solint != "int",
        f"gaintype {solve.gaintype!r}": solve.gaintype not in ("G", "T"),
        f"combine {solve.combine!r}": solve.combine not in ("", "spw"),
        "tables that are applied before": bool(solve.tables),
        "antennas that their names do not identify": bool(unknown) or len(set(names)) < len(names),
        "combined spws with different correlations": bool(solve.combine) and len(correlations) > 1,
        "combined spws in a table that exists": bool(solve.combine) and caltable.exists(),
    }
    return ", ".join(reason for reason, applies in reasons.items() if applies)


@dataclass(frozen=True)
class _Solutions:
    """Solutions before their phases refer to a reference antenna; the other arrays have the shape (n_interval,)."""

    gains: Gains
    spw: np.ndarray
    time: np.ndarray
    scan: np.ndarray
    observation: np.ndarray

    @classmethod
    def joined(cls, parts: Sequence["_Solutions"]) -> "_Solutions":
        columns = ([getattr(part, name) for part in parts] for name in ("spw", "time", "scan", "observation"))
        return cls(Gains.joined([part.gains for part in parts]), *map(np.concatenate, columns))

    def select(self, intervals: np.ndarray) -> "_Solutions":
        columns = (values[intervals] for values in (self.spw, self.time, self.scan, self.observation))
        return _Solutions(self.gains.select(intervals), *columns)

    def of_each_spw(self) -> list["_Solutions"]:
        """Return the solutions of each spw, in the order of time."""
        order = np.argsort(self.time, kind="stable")
        return [self.select(order[self.spw[order] == spw]) for spw in np.unique(self.spw)]


@dataclass(frozen=True)
class _Solver:
    """Solve for the phases of an observation in memory."""

    ms: MeasurementSet
    data: CalibratorData
    observation: Observation
    solve: GainSolve
    antennas: AntennaSelection | None

    @cached_property
    def refants(self) -> list[int]:
        """Ids of the reference antennas, in the order of preference."""
        ids = {antenna.name: antenna.id for antenna in self.ms.antennas}
        return [ids[name] for name in self.solve.refants]

    def solutions(self, spws: Sequence[int]) -> list[_Solutions]:
        """Solve for the phases of spws together; return the solutions of each spw that they are written for.

        As by gaincal, the solution of an integration is written for the spw of the lowest data description that has
        rows in it.
        """
        scans = self.observation.scans
        # The visibilities of several spws are many: hold those of one scan at a time.
        parts = [(scan,) for scan in scans] if len(spws) > 1 else [scans]
        found = [solutions for part in parts if (solutions := self._of_scans(spws, part)) is not None]
        return _Solutions.joined(found).of_each_spw() if found else []

    def _of_scans(self, spws: Sequence[int], scans: Sequence[int]) -> _Solutions | None:
        """Solve for the phases of scans; None if there are no data."""
        read = {spw: self._in_use(self.data.visibilities(self.observation.field.id, spw, scans)) for spw in spws}
        present = [spw for spw in spws if read[spw].time.size]
        if not present:
            return None
        joined = Visibilities.joined([read[spw] for spw in present])
        spw = np.repeat(present, [read[spw].time.size for spw in present])
        # Flagged rows may have times of their own: no intervals without data.
        solvable = np.isin(joined.time, np.unique(joined.time[~joined.flag.all(axis=0)]))
        if not solvable.any():
            return None
        joined, spw = joined.select(solvable), spw[solvable]
        times, interval = np.unique(joined.time, return_inverse=True)
        interval = interval.reshape(-1)
        order = np.lexsort((joined.description, interval))
        first = order[np.searchsorted(interval[order], np.arange(times.size))]
        guides = joined.description == joined.description[first][interval]
        rows = _rows(joined, interval, guides, self.solve.corrdepflags)
        gains = solve_in_pieces(rows, times.size, len(self.ms.antennas), self.solve, self.refants)
        return _Solutions(gains, spw[first], times, joined.scan[first], joined.observation[first])

    def _in_use(self, read: Visibilities) -> Visibilities:
        return read.select(rows_in_use(self.ms, self.antennas, read.antenna1, read.antenna2, read.uv_distance))

    def referred(self, found: Sequence[_Solutions]) -> list[GainRows]:
        """Return the solutions with their phases relative to a reference antenna, spw by spw."""
        positions = np.array([antenna.position for antenna in self.ms.antennas])
        order = order_of_choice(self.refants, positions)
        latest, rows = order[0], []
        for solutions in sorted(found, key=lambda each: int(each.spw[0])):
            gains, refant = refer_to(solutions.gains, order, latest)
            latest = int(refant[refant >= 0][-1]) if np.any(refant >= 0) else latest
            solved = np.flatnonzero(solutions.gains.good.any(axis=(1, 2)))
            if solved.size:
                rows.append(self._table_rows(solutions.select(solved), gains.select(solved), refant[solved]))
        return rows

    def _table_rows(self, solutions: _Solutions, gains: Gains, refant: np.ndarray) -> GainRows:
        if self.solve.gaintype == "G" and gains.good.shape[1] == 1:
            gains = gains.with_flagged_hand()  # a table of type G has two parameters even for data of one hand
        return GainRows(
            gain=gains.gain,
            good=gains.good,
            error=gains.error,
            snr=gains.snr,
            time=solutions.time,
            scan=solutions.scan,
            observation=solutions.observation,
            refant=refant,
            field=self.observation.field.id,
            spw=int(solutions.spw[0]),
        )


def _rows(read: Visibilities, interval: np.ndarray, guides: np.ndarray, corrdepflags: bool) -> Rows:
    """Return the parallel hands, with the weights of data that are not to be used set to zero."""
    any_flag = np.broadcast_to(read.flag.any(axis=0), read.flag.shape)
    weight = np.where(read.flag if corrdepflags else any_flag, 0, read.weight)
    return rows_of(read.data, read.model, weight, read.antenna1, read.antenna2, interval, guides)
