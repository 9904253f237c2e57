"""The calibrators' visibilities with the prior calibration applied, averaged over the channels of each spw.

Every solve, the measurement and the plots want these same data. They are made once, in a working copy of their own
in the working directory: the solves read little, and nothing of the user's MeasurementSet has to change for them,
neither its CORRECTED_DATA nor its flags. A working copy that a killed run left behind is deleted by the next one.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from ..casa import tasks
from ..casa.averaging import append_averaged, create_averaged
from ..casa.field_directions import set_times
from ..casa.flag_selection import select_flags
from ..casa.locking import wait_for_lock
from ..casa.visibilities import Visibilities, flag_antenna, read_visibilities
from ..domain.calibration import CalTable
from ..domain.ephemeris import check_ephemerides
from ..domain.flag_command import AppliedFlag, FlagCommand
from ..domain.measurementset import MeasurementSet
from ..domain.observation import Observation
from ..heuristics.left_out import LeftOut
from ..infrastructure.callibrary import applicable
from ..infrastructure.context import Context
from ..infrastructure.scratch import scratch_directory
from .disk_space import check_space


@dataclass(frozen=True)
class CalibratorData:
    """The working copy: an MS with the ids of the original, one channel a spw, and flags that are ours to set.

    Attributes
    ----------
    vis : Path
        The working copy; it has the name of the original, so that caltables made with it carry that name.
    left_out : LeftOut
        What was left out of it although nobody flagged it: copies, exact zeros, data without weight.
    applied_flags : tuple of AppliedFlag
        The flag commands of the user's, and what became of each.
    """

    vis: Path
    left_out: LeftOut = field(default_factory=LeftOut)
    applied_flags: tuple[AppliedFlag, ...] = ()

    def visibilities(self, field_id: int, spw_id: int, scans: Sequence[int]) -> Visibilities:
        """Return the visibilities of a field in a spw."""
        return read_visibilities(self.vis, field_id, spw_id, scans)

    def flag(self, antenna: int, field_id: int, spw_id: int, scan: int, start: float, end: float) -> None:
        """Leave an antenna out of the solves of a field, spw and scan from `start` to `end` (MJD, s)."""
        flag_antenna(self.vis, antenna, field_id, spw_id, scan, start, end)


@contextmanager
def calibrator_data(
    ms: MeasurementSet,
    observations: Sequence[Observation],
    context: Context,
    step: Callable[[str], AbstractContextManager[object]] = nullcontext,
    flags: Sequence[FlagCommand] = (),
) -> Iterator[CalibratorData]:
    """Make the working copy, and delete it at the end.

    Parameters
    ----------
    ms : MeasurementSet
    observations : sequence of Observation
        The data wanted.
    context : Context
        Its call library is applied; the copy is made in its `output_dir`.
    step : callable, optional
        Announces and measures the making of the copy.
    flags : sequence of FlagCommand, optional
        What is flagged in the copy besides what is flagged in the MeasurementSet.

    Raises
    ------
    NotEnoughDiskSpaceError
        If the working directory has no room.
    MeasurementSetLockedError
        If another process keeps the MeasurementSet locked, or another run is working on it in this directory.
    CasaTaskError
        If a table of the call library cannot be applied.
    InputError
        If the ephemeris of a field is missing, or does not cover its scans.
    """
    check_ephemerides(ms, [o.field for o in observations])
    check_space(ms, observations, context.output_dir)
    with scratch_directory(context.output_dir, ms.name) as room:
        with step("Average"):
            data = _copy(ms, observations, context, room, flags)
        yield data


def _copy(
    ms: MeasurementSet,
    observations: Sequence[Observation],
    context: Context,
    room: Path,
    flags: Sequence[FlagCommand],
) -> CalibratorData:
    """Calibrate at full resolution, average, and throw the full resolution away."""
    averaged = room / ms.name
    left_out, in_ms = LeftOut(), select_flags(ms, flags)
    for part, is_reference in (("reference", True), ("transfer", False)):
        members = [o for o in observations if o.is_reference is is_reference]
        if not members:
            continue
        full, model = room / f"{part}.ms", None
        _extract(ms, members, full, "data")
        if is_reference:
            model = room / f"{part}.model.ms"
            _extract(ms, members, model, "model")
        _apply_prior_calibration(full, ms, members, context)
        if not averaged.exists():
            create_averaged(full, averaged)
        in_full = select_flags(ms, flags, full)
        left_out.update(append_averaged(full, averaged, model, in_full))
        in_ms.add_numbers(in_full)
        for table in (full, model):
            if table is not None:
                tasks.remove_table(table)
    return CalibratorData(averaged, left_out, in_ms.applied)


def _extract(ms: MeasurementSet, observations: Sequence[Observation], output: Path, column: str) -> None:
    """Copy the cross-correlations of the observations at full resolution; ids stay as they are."""
    intents = sorted({o.casa_intent for o in observations if o.casa_intent})
    wait_for_lock(ms.path)
    tasks.run(
        "mstransform",
        vis=ms.path,
        outputvis=output,
        field=_ids({o.field.id for o in observations}),
        spw=_ids({spw for o in observations for spw in o.spws}),
        scan=_ids({scan for o in observations for scan in o.scans}),
        intent=",".join(intents),
        antenna="*&",
        datacolumn=column,
        realmodelcol=column == "model",
        reindex=False,
    )
    set_times(output, {o.field.id: min(s.start for s in ms.scans if s.field_id == o.field.id) for o in observations})


def _apply_prior_calibration(
    full: Path, ms: MeasurementSet, observations: Sequence[Observation], context: Context
) -> None:
    """Apply the call library; one applycal for all data that need the same tables.

    The weights stay uncalibrated (calwt=False): the channel average calibrates them.
    """
    same_tables: dict[tuple[tuple[CalTable, ...], int, tuple[int, ...]], set[int]] = {}
    for o in observations:
        intents = {o.intent} if o.intent else o.field.intents
        for spw in o.spws:
            tables = applicable(context.calibration, ms, o.field, intents, spw)
            if tables:
                same_tables.setdefault((tables, o.field.id, o.scans), set()).add(spw)
    for (tables, field_id, scans), spws in same_tables.items():
        tasks.run(
            "applycal",
            vis=full,
            field=str(field_id),
            scan=_ids(scans),
            spw=_ids(spws),
            gaintable=[table.gaintable for table in tables],
            gainfield=[table.gainfield for table in tables],
            interp=[table.interp for table in tables],
            spwmap=[list(table.spwmap) for table in tables],
            calwt=[False],
            applymode="calflag",
            flagbackup=False,
        )


def _ids(numbers: Sequence[int] | set[int] | tuple[int, ...]) -> str:
    return ",".join(str(number) for number in sorted(numbers))
