"""Whether data still need the calibration that comes before hifa_gfluxscale."""

from pathlib import Path

from ..casa.ms_reader import read_measurementset
from ..casa.syscal import has_system_temperatures


def is_raw(path: Path) -> bool:
    """Return whether data are an execution block of ALMA as it was observed.

    That is an ASDM, or a MeasurementSet with a bandpass calibrator that has the scans in which system temperatures were
    measured, in spws of their own, and these temperatures. Calibrated data that were split off have lost those scans.
    """
    if (path / "ASDM.xml").is_file():
        return True
    ms = read_measurementset(path)
    measured = {spw for scan in ms.scans if "ATMOSPHERE" in scan.intents for spw in scan.spw_ids}
    has_bandpass = any("BANDPASS" in field.intents for field in ms.fields)
    return ms.telescope == "ALMA" and has_bandpass and bool(measured) and has_system_temperatures(ms.path)
