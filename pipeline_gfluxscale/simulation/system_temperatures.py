"""Simulate data without the scale of the system temperatures, as ALMA's are, and the scans that measure them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..casa.syscal import write_system_temperatures
from ..casa.tools import open_table
from . import corruption
from .plan import SimulatedScan, SimulationPlan
from .scans import with_scans_before

_INTEGRATIONS = 2


def with_system_temperatures(
    plan: SimulationPlan, kelvin: float = 80.0, fields: Sequence[int] | None = None
) -> SimulationPlan:
    """Return a plan whose data are correlation coefficients, with scans that measure the system temperatures.

    For each spw the plan gets a second spw of the same frequencies, after all others. Atmosphere scans in these spws,
    one before the first scan of each field, measure the system temperatures.

    Parameters
    ----------
    plan : SimulationPlan
    kelvin : float
        Mean system temperature (K).
    fields : sequence of int, optional
        Fields with atmosphere scans. Default: all.
    """
    n = len(plan.spw_frequencies)
    science, extra = tuple(range(n)), tuple(range(n, 2 * n))
    measured = {scan.field for scan in plan.scans if fields is None or scan.field in fields}
    first = {field: min(i for i, scan in enumerate(plan.scans) if scan.field == field) for field in measured}
    scans = tuple(scan if scan.spws is not None else replace(scan, spws=science) for scan in plan.scans)
    return with_scans_before(
        replace(plan, scans=scans, spw_frequencies=plan.spw_frequencies * 2, system_temperature=kelvin),
        {index: [SimulatedScan(field, ("ATMOSPHERE",), _INTEGRATIONS, extra)] for field, index in first.items()},
    )


def system_temperatures(plan: SimulationPlan, spw: int) -> NDArray[np.float64]:
    """Return the system temperatures (K) in a spw, shape (n_field, n_pol, n_ant, n_chan).

    They scatter between receivers, rise with the air mass of a field, and have an ozone line in the middle of each spw.
    Two spws with the same frequency have the same system temperatures.
    """
    random = corruption.generator(plan.seed, "tsys")
    centres = list(dict.fromkeys(plan.spw_frequencies))
    receiver = 1 + 0.1 * random.standard_normal((1, len(centres), 2, plan.antennas, 1))
    air_mass = random.uniform(0.8, 1.3, (len(plan.fields), 1, 1, 1))
    centre = plan.spw_frequencies[spw]
    offset = (plan.channel_frequencies(spw) - centre) / plan.bandwidth
    line = 1 + 0.5 * np.exp(-((offset / 0.1) ** 2))
    return plan.system_temperature * np.clip(receiver[:, centres.index(centre)], 0.5, 2) * air_mass * line


def write_measured(vis: Path, plan: SimulationPlan, spw_ids: Sequence[int]) -> None:
    """Write the system temperatures of the atmosphere scans into the SYSCAL table.

    Parameters
    ----------
    vis : Path
    plan : SimulationPlan
    spw_ids : sequence of int
        Id in the MeasurementSet of each spw of the plan.
    """
    with open_table(vis) as table:
        columns = [table.getcol(name) for name in ("SCAN_NUMBER", "FIELD_ID", "DATA_DESC_ID", "TIME")]
    keys, spectra = [], []
    n_pol = min(plan.correlation_count, 2)
    kelvin = {spw: system_temperatures(plan, spw) for scan in plan.scans for spw in plan.spws_of(scan)}
    for number, scan in enumerate(plan.scans, start=1):
        if scan.intents != ("ATMOSPHERE",):
            continue
        time = columns[3][columns[0] == number]
        middle = (time.min() + time.max()) / 2
        # The interval reaches into the next scan, where the ALMA Pipeline looks for them to estimate the SNR. It must
        # not contain the middle of an integration of another scan: CASA would assign them to the field of that scan.
        length = 2 * (columns[3][columns[0] == number + 1].min() - plan.integration / 4 - middle)
        for spw in plan.spws_of(scan):
            keys += [(antenna, spw_ids[spw], middle, length) for antenna in range(plan.antennas)]
            spectra += [kelvin[spw][scan.field, :n_pol, antenna] for antenna in range(plan.antennas)]
    antennas, spws, times, intervals = (np.array(column) for column in zip(*keys, strict=True))
    write_system_temperatures(vis, antennas, spws, times, intervals, np.stack(spectra, axis=-1))
