"""The calibrators' visibilities with the prior calibration applied, averaged over the channels of each spw.

All solves, the measurement and the plots use these data, which are written once to a working copy in the working
directory. So the solves read few data, and neither CORRECTED_DATA nor the flags of the user's MeasurementSet change.
The next run deletes a working copy that a killed run has left.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from ...casa.field_directions import set_times
from ...casa.flag_selection import select_flags
from ...casa.locking import wait_for_lock
from ...casa.models import PointModel, set_point_models
from ...casa.ms_reader import Setups
from ...casa.tools import open_table
from ...casa.visibilities import (
    RowIndex,
    Visibilities,
    flag_antenna,
    flag_correlation,
    read_flags,
    read_visibilities,
)
from ...casa.working_copy import create_averaged, unite_integrations, unite_simultaneous
from ...domain.ephemeris import check_ephemerides
from ...domain.flag_command import AppliedFlag, FlagCommand
from ...domain.measurementset import MeasurementSet
from ...domain.observation import Observation
from ...errors import InputError
from ...heuristics.left_out import LeftOut
from ...pipeline.context import Context
from ...system.scratch import scratch_directory
from .batches import Exclusions
from .casa_pass import append_by_casa, flag_excluded
from .disk_space import check_space
from .one_pass import append_in_one_pass
from .parts import Part, parts_of
from .prior_calibration import PriorTables, only_for_casa
from .virtual_models import put_virtual_models

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class CalibratorData:
    """The working copy: an MS with the ids of the original and one channel per spw, in which the stage may set flags.

    Attributes
    ----------
    vis : Path
        Path of the working copy; it has the name of the original, which CASA writes into caltables.
    left_out : LeftOut
        Counts of unflagged data that were left out of it: copies, exact zeros, data without weight.
    applied_flags : tuple of AppliedFlag
        The user's flag commands, with the number of visibilities that each command flagged.
    by_casa : tuple of str
        The calibration that only CASA can apply; CASA calibrated and averaged the data with this calibration.
    single_hand : frozenset of int
        Spws in which a polarisation is left out.
    """

    vis: Path
    left_out: LeftOut = field(default_factory=LeftOut)
    applied_flags: tuple[AppliedFlag, ...] = ()
    by_casa: tuple[str, ...] = ()
    single_hand: frozenset[int] = frozenset()

    def visibilities(self, field_id: int, spw_id: int, scans: Sequence[int]) -> Visibilities:
        """Return the visibilities of a field in a spw."""
        return read_visibilities(self.vis, self._index.rows(field_id, spw_id, scans))

    def flags(self, field_id: int, spw_id: int, scans: Sequence[int]) -> np.ndarray:
        """Return the flags of a field in a spw, shape (n_corr, n_row)."""
        return read_flags(self.vis, self._index.rows(field_id, spw_id, scans))

    def spws_with_rows(self, field_id: int, spws: Sequence[int], scans: Sequence[int]) -> tuple[int, ...]:
        """Return the spws that have data of a field in some scans."""
        return tuple(spw for spw in spws if self._index.rows(field_id, spw, scans).size)

    @cached_property
    def _index(self) -> RowIndex:
        return RowIndex.read(self.vis)

    def flag_hand(self, spw_id: int, correlation: int) -> None:
        """Flag a correlation (its index) of a spw."""
        flag_correlation(self.vis, spw_id, correlation)

    def flag(self, antenna: int, field_id: int, spw_id: int, scan: int, start: float, end: float) -> None:
        """Flag the data of an antenna on a field, in a spw and scan, from `start` to `end` (MJD, s)."""
        flag_antenna(self.vis, antenna, field_id, spw_id, scan, start, end)


@contextmanager
def calibrator_data(
    ms: MeasurementSet,
    observations: Sequence[Observation],
    context: Context,
    step: Callable[[str], AbstractContextManager[object]] = nullcontext,
    flags: Sequence[FlagCommand] = (),
    points: Sequence[PointModel] = (),
) -> Iterator[CalibratorData]:
    """Make the working copy, and delete it at the end.

    Parameters
    ----------
    ms : MeasurementSet
    observations : sequence of Observation
        The data to copy.
    context : Context
        Its call library is applied; the copy is made in its `output_dir`.
    step : callable, optional
        Context manager that logs the start and the duration of the step.
    flags : sequence of FlagCommand, optional
        Selections of data to flag in the copy, besides the flags of the MeasurementSet.
    points : sequence of PointModel, optional
        Models of references that are not in the MeasurementSet yet. They are written into it if CASA has to average.

    Raises
    ------
    NotEnoughDiskSpaceError
        If the working directory has too little free space.
    MeasurementSetLockedError
        If another process keeps the MeasurementSet locked, or another run is working on it in this directory.
    CasaTaskError
        If a table of the call library cannot be applied.
    InputError
        If the ephemeris of a field is missing, or does not cover its scans, or if a spw has data of several sets of
        correlations.
    """
    check_ephemerides(ms, [o.field for o in observations])
    check_space(ms, observations, context.output_dir)
    with scratch_directory(context.output_dir, ms.name) as directory:
        with step("Average"):
            parts = parts_of(ms, observations, context, points)
            data = _copy(ms, parts, directory, flags)
        yield data


def _copy(ms: MeasurementSet, parts: Sequence[Part], directory: Path, flags: Sequence[FlagCommand]) -> CalibratorData:
    averaged = directory / ms.name
    wait_for_lock(ms.path)
    create_averaged(ms.path, averaged)
    set_times(averaged, {part.field: min(s.start for s in ms.scans if s.field_id == part.field) for part in parts})
    prior = PriorTables(ms.path)
    for_casa = only_for_casa(prior, parts)
    reasons = tuple(sorted(set(for_casa.values())))
    for reason in reasons:
        LOG.info("%s: CASA calibrates and averages, as this package cannot apply %s", ms.name, reason)
    if for_casa:
        set_point_models(ms.path, [part.point for part in parts if part.point is not None], virtual=False)
        parts = [replace(part, point=None) for part in parts]
        for_casa = only_for_casa(prior, parts)
    left_out, user_flags = LeftOut(), select_flags(ms, flags)
    others = [part for part in parts if part not in for_casa]
    append_in_one_pass(prior, averaged, others, Exclusions(left_out, user_flags))

    def clean(copy: Path, members: Sequence[Part]) -> None:
        flag_excluded(copy, members, Exclusions(LeftOut(), select_flags(ms, flags, copy)))

    append_by_casa(ms.path, averaged, list(for_casa), Exclusions(left_out, user_flags), clean)
    _check_one_setup(ms, averaged, prior.setups)
    put_virtual_models(ms.path, averaged, parts)
    unite_integrations(averaged)
    unite_simultaneous(averaged)
    return CalibratorData(averaged, left_out, user_flags.applied, reasons)


def _check_one_setup(ms: MeasurementSet, averaged: Path, setups: Setups) -> None:
    """Raise `InputError` if the data of a spw differ in their correlations, as CASA's concat can leave them."""
    with open_table(averaged) as table:
        used = np.unique(table.getcol("DATA_DESC_ID")).tolist() if table.nrows() else []
    of_spw: dict[int, list[str]] = {}
    for ddid in used:
        names = ",".join(setups.correlations[ddid])
        if names not in of_spw.setdefault(setups.spw[ddid], []):
            of_spw[setups.spw[ddid]].append(names)
    for spw, kinds in of_spw.items():
        if len(kinds) > 1:
            problem = f"the calibrators' data of spw {spw} have the correlations {' and '.join(kinds)}"
            remedy = "before concat, CASA's split(correlation=...) can select those that all MeasurementSets have"
            raise InputError("vis", ms.name, f"{problem}; {remedy}")
