"""Find out whether data need calibration before hifa_gfluxscale, and whether the data suffice to make it."""

import os
from collections.abc import Iterable
from pathlib import Path

from ..casa.history import was_split_off_calibrated
from ..casa.ms_reader import read_measurementset
from ..casa.syscal import lack_of_system_temperatures
from ..domain.calibration import CalApplication
from ..domain.measurementset import MeasurementSet
from ..domain.selection import format_ids
from ..errors import InputError
from .callibrary import is_about


def raw_scans(ms: MeasurementSet) -> tuple[int, ...]:
    """Return the scans that show that a MeasurementSet is raw ALMA data; empty if it is not.

    These are the scans in which system temperatures were measured, in any spw: calibrated data are usually split off
    without them. Data that were split off from CORRECTED_DATA, according to HISTORY, are not raw.
    """
    scans = tuple(sorted({scan.id for scan in ms.scans if "ATMOSPHERE" in scan.intents}))
    return () if ms.telescope != "ALMA" or not scans or was_split_off_calibrated(ms.path) else scans


def can_be_calibrated(path: Path) -> bool:
    """Return whether data are a raw execution block of ALMA with all data for its calibration; an ASDM always is."""
    if os.path.isfile(path / "ASDM.xml"):  # unlike Path.is_file it raises nothing for a name that is too long
        return True
    ms = read_measurementset(path)
    return bool(raw_scans(ms)) and not _what_it_lacks(ms)


def check_is_calibrated(ms: MeasurementSet, calibration: Iterable[CalApplication]) -> None:
    """Raise `InputError` if a MeasurementSet is raw and there is no calibration for it.

    Parameters
    ----------
    ms : MeasurementSet
    calibration : iterable of CalApplication
        The call library of the run.
    """
    if any(application.tables and is_about(application.calto, ms) for application in calibration):
        return
    if not (scans := raw_scans(ms)):
        return
    problem = f"raw ALMA data (scans {format_ids(scans)} measured system temperatures), and no calibration for them"
    if lacking := _what_it_lacks(ms):
        remedy = f"it cannot be made from the data either, as {lacking}"
        if "SYSCAL" in lacking:
            remedy += ": import the ASDM again, with its SysCal tables"
    else:
        remedy = "'gfluxscale run' and the stages before hifa_gfluxscale make it"
    raise InputError(
        "vis",
        str(ms.path),
        f"{problem}; {remedy}. calstate names existing calibration; calstate='' (--no-calibrate) means that DATA are "
        "calibrated already",
    )


def _what_it_lacks(ms: MeasurementSet) -> str:
    """Return what raw data lack for their calibration; empty if they lack nothing."""
    if not any("BANDPASS" in field.intents for field in ms.fields):
        return "no field has the intent BANDPASS"
    return lack_of_system_temperatures(ms.path)
