"""Write the rows of ALMA's data other than cross-correlations at full resolution.

These are autocorrelations, averages over the channels, and total powers of square-law detectors and radiometers. Their
values are only roughly realistic, as no calibration uses them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..casa.tools import open_table, query
from . import corruption
from .plan import SimulationPlan
from .spw_layout import lay_out

CORRELATOR, RADIOMETER, DETECTOR = range(3)
"""Row numbers of the PROCESSOR table."""

_AVERAGES_PER_INTEGRATION = 2
_WVR_INTEGRATION = 1.152  # s
_WVR_KELVIN = (230.0, 150.0, 90.0, 60.0)
_SHARED = ("FIELD_ID", "SCAN_NUMBER", "STATE_ID")


@dataclass(frozen=True)
class _Rows:
    """Rows of one data description; arrays of shape (n_row,), `uvw` (3, n_row), `data` (n_corr, n_chan, n_row)."""

    description: int
    processor: int
    first: NDArray[np.int32]
    second: NDArray[np.int32]
    time: NDArray[np.float64]
    interval: float
    shared: dict[str, NDArray[np.int32]]
    uvw: NDArray[np.float64]
    data: NDArray[np.complex64]
    sigma: float


def add_detector_rows(vis: Path, plan: SimulationPlan) -> None:
    """Append the rows; the spws are those of `lay_out`."""
    random = corruption.generator(plan.seed, "detectors")
    spws = lay_out(plan)
    averages = {spw.planned: spw.id for spw in spws if spw.kind == "CH_AVG"}
    with open_table(vis, write=True) as table:
        integrations = _integrations(table)
        for spw in spws:
            if spw.kind == "FULL_RES":
                with query(table, f"DATA_DESC_ID == {spw.id}") as rows:
                    added = list(_of_correlator(rows, plan, averages[spw.planned], random)) if rows.nrows() else []
                for new_rows in added:
                    _append(table, new_rows)
        for spw in spws:
            if spw.kind == "SQLD":
                _append(table, _of_detector(integrations, plan, spw.id, random))
        _append(table, _of_radiometer(integrations, plan, spws[0].id, random))


def _of_correlator(rows: Any, plan: SimulationPlan, average: int, random: np.random.Generator) -> Iterator[_Rows]:
    """Yield the channel averages of a spw's cross-correlations, and its autocorrelations."""
    data, time, sigma = rows.getcol("DATA"), rows.getcol("TIME"), float(rows.getcell("SIGMA", 0)[0])
    first, second = rows.getcol("ANTENNA1"), rows.getcol("ANTENNA2")
    shared = {name: rows.getcol(name) for name in _SHARED}
    n_corr, n_chan, n_row = data.shape
    n, step = _AVERAGES_PER_INTEGRATION, plan.integration / _AVERAGES_PER_INTEGRATION
    mean = np.tile(data.mean(axis=1, keepdims=True), (1, 1, n))
    sigma_of_average = sigma * np.sqrt(n / n_chan)
    yield _Rows(
        average,
        CORRELATOR,
        np.tile(first, n),
        np.tile(second, n),
        np.concatenate([time + (i - (n - 1) / 2) * step for i in range(n)]),
        step,
        {name: np.tile(values, n) for name, values in shared.items()},
        np.tile(rows.getcol("UVW"), (1, n)),
        (mean + corruption.noise(random, (n_corr, 1, n * n_row), sigma_of_average)).astype(np.complex64),
        sigma_of_average,
    )
    with_antennas = _Integrations(time, shared, rows.getcell("DATA_DESC_ID", 0)).of_antennas(plan.antennas)
    shape = (n_corr, n_chan, with_antennas.time.size)
    total = np.zeros(shape, dtype=np.complex64)
    parallel = [corr for corr in range(n_corr) if n_corr < 4 or corr in (0, 3)]
    # Correlation coefficients of an antenna with itself.
    total[parallel] = 1.0 + 0.01 * random.standard_normal((len(parallel), *shape[1:]), dtype=np.float32)
    yield _autocorrelations(with_antennas, int(rows.getcell("DATA_DESC_ID", 0)), CORRELATOR, plan.integration, total)


@dataclass(frozen=True)
class _Integrations:
    """Times of rows, and other columns of their integrations; `antenna` is set if there is one row per antenna."""

    time: NDArray[np.float64]
    shared: dict[str, NDArray[np.int32]]
    description: int = -1
    antenna: NDArray[np.int32] | None = None

    def of_antennas(self, antennas: int) -> "_Integrations":
        """Return one row per integration and antenna."""
        _, index = np.unique(self.time, return_index=True)
        repeated = np.repeat(index, antennas)
        return _Integrations(
            self.time[repeated],
            {name: values[repeated] for name, values in self.shared.items()},
            self.description,
            np.tile(np.arange(antennas, dtype=np.int32), index.size),
        )


def _integrations(table: Any) -> _Integrations:
    return _Integrations(table.getcol("TIME"), {name: table.getcol(name) for name in _SHARED})


def _of_detector(integrations: _Integrations, plan: SimulationPlan, spw: int, random: np.random.Generator) -> _Rows:
    rows = integrations.of_antennas(plan.antennas)
    power = np.zeros((plan.correlation_count, 1, rows.time.size), dtype=np.complex64)
    power[:] = 0.25 * (1 + 0.01 * random.standard_normal(power.shape))  # V
    return _autocorrelations(rows, spw, DETECTOR, plan.integration, power)


def _of_radiometer(integrations: _Integrations, plan: SimulationPlan, spw: int, random: np.random.Generator) -> _Rows:
    """Return the sky temperatures of the radiometers, whose integrations are shorter than the correlator's."""
    start, end = integrations.time.min() - plan.integration / 2, integrations.time.max() + plan.integration / 2
    clock = np.arange(start + _WVR_INTEGRATION / 2, end, _WVR_INTEGRATION)
    order = np.argsort(integrations.time, kind="stable")
    times = integrations.time[order]
    nearest = order[np.clip(np.searchsorted(times, clock), 0, times.size - 1)]
    during = np.abs(integrations.time[nearest] - clock) <= plan.integration / 2
    shared = {name: values[nearest][during] for name, values in integrations.shared.items()}
    rows = _Integrations(clock[during], shared).of_antennas(plan.antennas)
    kelvin = np.array(_WVR_KELVIN)[None, :, None] + 0.1 * random.standard_normal((1, 4, rows.time.size))
    return _autocorrelations(rows, spw, RADIOMETER, _WVR_INTEGRATION, kelvin.astype(np.complex64))


def _autocorrelations(
    rows: _Integrations, description: int, processor: int, interval: float, data: NDArray[np.complex64]
) -> _Rows:
    antenna = rows.antenna if rows.antenna is not None else np.zeros(0, dtype=np.int32)
    uvw = np.zeros((3, rows.time.size))
    return _Rows(description, processor, antenna, antenna, rows.time, interval, rows.shared, uvw, data, 1.0)


def _append(table: Any, rows: _Rows) -> None:
    start, count = table.nrows(), rows.time.size
    table.addrows(count)
    n_corr = rows.data.shape[0]
    values = {
        "ANTENNA1": rows.first,
        "ANTENNA2": rows.second,
        "DATA_DESC_ID": np.full(count, rows.description, dtype=np.int32),
        "PROCESSOR_ID": np.full(count, rows.processor, dtype=np.int32),
        "TIME": rows.time,
        "TIME_CENTROID": rows.time,
        "INTERVAL": np.full(count, rows.interval),
        "EXPOSURE": np.full(count, rows.interval),
        "UVW": rows.uvw,
        "DATA": rows.data,
        "FLAG": np.zeros(rows.data.shape, dtype=bool),
        "SIGMA": np.full((n_corr, count), rows.sigma),
        "WEIGHT": np.full((n_corr, count), rows.sigma**-2),
        **rows.shared,
    }
    for column in ("ARRAY_ID", "FEED1", "FEED2", "OBSERVATION_ID"):
        values[column] = np.zeros(count, dtype=np.int32)
    for column, value in values.items():
        table.putcol(column, value, start, count)
    table.putcol("FLAG_ROW", np.zeros(count, dtype=bool), start, count)
