"""Prepare the tables of the call library to be applied while the data are averaged."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...averaging.jones import AppliedTable, PriorCalibration, check
from ...averaging.kinds import KINDS
from ...averaging.solutions import Interpolation, SolutionTable, UnsupportedCalibrationError
from ...casa.earth_directions import EarthDirections
from ...casa.field_directions import read_directions
from ...casa.ms_reader import read_setups
from ...casa.solution_table import read_field_directions, read_field_names, read_solution_table
from ...domain.calibration import CalTable
from ...domain.selection import select_named, unmatched_items
from .parts import Part


def only_for_casa(prior: "PriorTables", parts: Sequence[Part]) -> dict[Part, str]:
    """Return the parts of a MeasurementSet that only CASA can calibrate, and the reasons."""
    reasons = {}
    correlations = dict(zip(prior.setups.spw, prior.setups.correlations, strict=True))
    for part in parts:
        try:
            if part.tables:
                check_correlations(correlations[part.spw])
            prior.prepare(part.tables)
        except UnsupportedCalibrationError as error:
            reasons[part] = str(error)
    return reasons


def check_correlations(correlations: tuple[str, ...]) -> None:
    """Raise `UnsupportedCalibrationError` if only CASA can calibrate data with these correlations."""
    if len(correlations) not in (1, 4) and correlations not in (("XX", "YY"), ("RR", "LL")):
        raise UnsupportedCalibrationError(f"calibration of the correlations {', '.join(correlations)}")


class PriorTables:
    """Read the tables of the call library, each table only once.

    Parameters
    ----------
    vis : Path
        The MeasurementSet to which the tables are applied.

    Attributes
    ----------
    setups : Setups
        The meaning of its ids.
    directions : EarthDirections
        The directions of its fields, in the frame of the antennas' positions.
    """

    def __init__(self, vis: Path) -> None:
        self.vis, self.setups, self.directions = vis, read_setups(vis), EarthDirections(vis)
        self._read: dict[str, SolutionTable] = {}
        self._checked: dict[CalTable, AppliedTable] = {}
        self._prepared: dict[tuple[CalTable, ...], PriorCalibration] = {}

    def prepare(self, tables: Sequence[CalTable]) -> PriorCalibration:
        """Return tables in a form in which they can be applied together.

        Raises
        ------
        UnsupportedCalibrationError
            If only CASA can apply one of them; the message names the table and the reason.
        """
        key = tuple(tables)
        if key not in self._prepared:
            self._prepared[key] = PriorCalibration([self._applied(table) for table in tables])
        return self._prepared[key]

    def _applied(self, table: CalTable) -> AppliedTable:
        if table not in self._checked:
            try:
                applied = self._read_and_mapped(table)
                check(applied)
            except UnsupportedCalibrationError as error:
                raise UnsupportedCalibrationError(f"{Path(table.gaintable).name}: {error}") from None
            self._checked[table] = applied
        return self._checked[table]

    def _read_and_mapped(self, table: CalTable) -> AppliedTable:
        how = Interpolation.parse(table.interp)
        if table.gaintable not in self._read:
            self._read[table.gaintable] = read_solution_table(Path(table.gaintable))
        solutions = self._read[table.gaintable]
        _check_spwmap(table.spwmap, self.setups.num_spws)
        # Antennas' positions are in the rows of the first spw, and CASA ignores the map.
        spwmap = (0,) if solutions.kind in KINDS and KINDS[solutions.kind].of_positions else table.spwmap
        if table.gainfield == "nearest":
            return AppliedTable(solutions, how, spwmap, self._nearest(table, solutions))
        if table.gainfield:
            named = read_field_names(Path(table.gaintable))
            wanted = frozenset(select_named(table.gainfield, named))
            solutions = solutions.of_fields(wanted)
            if unmatched_items(table.gainfield, named) or not solutions.spws:
                raise UnsupportedCalibrationError(f"gainfield={table.gainfield!r} without solutions")
        return AppliedTable(solutions, how, spwmap)

    def _nearest(self, table: CalTable, solutions: SolutionTable) -> dict[int, int]:
        """Return, for each field of the data, the nearest field on the sky with solutions, as CASA chooses it."""
        solved = sorted(solutions.fields)
        if len(solved) == 1:
            return dict.fromkeys(range(self.setups.num_fields), solved[0])
        # CASA compares directions without converting them to a common frame.
        of_data = np.array([(direction.ra, direction.dec) for direction in read_directions(self.vis, {})])
        of_table = read_field_directions(Path(table.gaintable))
        distance = _separation(of_data[:, None], of_table[solved])
        nearest = np.argsort(distance, axis=1, kind="stable")
        for number, order in enumerate(nearest):
            if distance[number, order[0]] == distance[number, order[1]]:
                raise UnsupportedCalibrationError("gainfield='nearest' with two fields at the same distance")
        return {number: solved[order[0]] for number, order in enumerate(nearest)}


def _check_spwmap(spwmap: tuple[int, ...], num_spws: int) -> None:
    if spwmap not in ((), (-1,)) and (min(spwmap) < 0 or len(spwmap) > num_spws):
        raise UnsupportedCalibrationError(f"spwmap={list(spwmap)}")


def _separation(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the angle (rad) between directions (longitude, latitude), shape (..., 2)."""
    (ra1, dec1), (ra2, dec2) = np.moveaxis(one, -1, 0), np.moveaxis(other, -1, 0)
    half = np.sin((dec1 - dec2) / 2) ** 2 + np.cos(dec1) * np.cos(dec2) * np.sin((ra1 - ra2) / 2) ** 2
    return np.asarray(2 * np.arcsin(np.sqrt(np.clip(half, 0, 1))))
