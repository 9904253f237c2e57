"""Step 4, Flag outliers: flag amplitude solutions that are far from the other solutions of their field."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ....averaging.distinct import distinct
from ....casa.caltable import Gains, flag_solutions, read_gains
from ....domain.dates import utc
from ....domain.measurementset import MeasurementSet
from ....heuristics.outliers import find_outliers, find_outliers_of_solutions


@dataclass(frozen=True)
class Outlier:
    """An amplitude solution that was flagged; `time` is MJD in s."""

    antenna: int
    antenna_name: str
    field_id: int
    spw: int
    scan: int
    time: float
    amplitude: float
    sigma: float

    @property
    def command(self) -> str:
        """CASA flag command for the caltable; '&&&' selects the solutions of an antenna, with any reference antenna."""
        start, end = (_casa_time(self.time + offset) for offset in (-0.5, 0.5))
        return (
            f"mode='manual' antenna='{self.antenna_name}&&&' spw='{self.spw}' field='{self.field_id}' "
            f"timerange='{start}~{end}' reason='gfluxscale_amp_outlier_sigma={self.sigma:.1f}'"
        )


def flag_outliers(caltable: Path, ms: MeasurementSet, threshold_sigma: float) -> list[Outlier]:
    """Flag outliers in an amplitude table; the flags of the visibilities do not change.

    Parameters
    ----------
    caltable : Path
    ms : MeasurementSet
    threshold_sigma : float
        ``amp_outlier_sigma``.

    Returns
    -------
    list of Outlier
        Sorted by field, spw, time and antenna.
    """
    gains = read_gains(caltable)
    outliers: list[Outlier] = []
    rows: list[int] = []
    for field_id in np.unique(gains.field):
        mine = np.flatnonzero(gains.field == field_id)
        mask, sigmas = _judge(gains.select(mine), threshold_sigma)
        for row, sigma in zip(mine[mask], sigmas[mask], strict=True):
            rows.append(int(row))
            outliers.append(_outlier(gains, int(row), float(sigma), ms))
    if rows:
        flag_solutions(caltable, np.array(rows))
    return sorted(outliers, key=lambda o: (o.field_id, o.spw, o.time, o.antenna))


def _judge(gains: Gains, threshold_sigma: float) -> tuple[np.ndarray, np.ndarray]:
    """Return which gains of a field are outliers, of the field or of their solution, and their distance in sigma."""
    solution = distinct(np.stack([gains.spw, gains.time])).group
    among_all = find_outliers(gains.amplitude, gains.flag[0], threshold_sigma)
    within = find_outliers_of_solutions(gains.amplitude, gains.flag[0], solution, threshold_sigma)
    return among_all.mask | within.mask, np.where(among_all.mask, among_all.sigma_values, within.sigma_values)


def flag_again(caltable: Path, outliers: Sequence[Outlier]) -> None:
    """Flag the outliers of earlier rounds in an amplitude table, if they are not flagged yet."""
    gains = read_gains(caltable)
    rows = [
        row
        for o in outliers
        for row in np.flatnonzero(
            (gains.antenna == o.antenna) & (gains.field == o.field_id) & (gains.spw == o.spw) & (gains.scan == o.scan)
            & (np.abs(gains.time - o.time) < 0.5) & gains.good
        )
    ]  # fmt: skip
    if rows:
        flag_solutions(caltable, np.unique(rows))


def _outlier(gains: Gains, row: int, sigma: float, ms: MeasurementSet) -> Outlier:
    antenna = int(gains.antenna[row])
    return Outlier(
        antenna=antenna,
        antenna_name=ms.antennas[antenna].name,
        field_id=int(gains.field[row]),
        spw=int(gains.spw[row]),
        scan=int(gains.scan[row]),
        time=float(gains.time[row]),
        amplitude=float(gains.amplitude[row]),
        sigma=sigma,
    )


def _casa_time(mjd_seconds: float) -> str:
    """Return a time in CASA's form, 2023/11/20/04:05:06.700."""
    return utc(mjd_seconds).strftime("%Y/%m/%d/%H:%M:%S.%f")[:-3]
