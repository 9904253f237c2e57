"""Times of MeasurementSets as dates."""

from datetime import UTC, datetime, timedelta

_MJD_EPOCH = datetime(1858, 11, 17, tzinfo=UTC)


def utc(mjd_s: float) -> datetime:
    """Return the date of a time of a MeasurementSet (MJD, s)."""
    return _MJD_EPOCH + timedelta(seconds=mjd_s)
