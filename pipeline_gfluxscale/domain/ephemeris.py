"""A check that the ephemerides of the fields cover the observation."""

from collections.abc import Iterable

from ..errors import InputError
from .dates import utc
from .measurementset import Ephemeris, Field, MeasurementSet


def check_ephemerides(ms: MeasurementSet, fields: Iterable[Field]) -> None:
    """Raise `InputError` if the ephemeris of a field is missing, or does not cover its scans."""
    for field in fields:
        scans = [scan for scan in ms.scans if scan.field_id == field.id]
        if field.ephemeris is None or not scans:
            continue
        start, end = min(scan.start for scan in scans), max(scan.end for scan in scans)
        if not field.ephemeris.covers(start, end):
            raise InputError("vis", str(ms.path), _words(field, field.ephemeris, start))


def _words(field: Field, ephemeris: Ephemeris, start: float) -> str:
    if not ephemeris.table:
        return (
            f"{field.name} refers to ephemeris {ephemeris.id}, but FIELD/EPHEM{ephemeris.id}_*.tab is missing from the "
            "MeasurementSet: import the data again, or copy the table from the original"
        )
    first, last = (f"{utc(time):%Y-%m-%d}" for time in (ephemeris.start, ephemeris.end))
    return (
        f"{field.name} was observed at {utc(start):%Y-%m-%d %H:%M} UTC, but its ephemeris FIELD/{ephemeris.table} has "
        f"entries from {first} to {last} only: attach one that covers the observation (addephemeris of CASA's ms tool)"
    )
