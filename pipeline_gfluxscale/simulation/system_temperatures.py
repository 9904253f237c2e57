"""Data that still need their system temperatures, as ALMA's do, and the scans that measured these."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..casa.syscal import write_system_temperatures
from ..casa.tools import open_table
from . import corruption
from .plan import SimulatedScan, SimulationPlan


def with_system_temperatures(
    plan: SimulationPlan, kelvin: float = 80.0, fields: Sequence[int] | None = None
) -> SimulationPlan:
    """Return a plan whose data are correlation coefficients, with scans that measure the system temperatures.

    Each spw gets another one of the same frequencies, behind the others, in which they are measured: at the start of
    the first scan of each field.

    Parameters
    ----------
    plan : SimulationPlan
    kelvin : float
        Mean system temperature (K).
    fields : sequence of int, optional
        Fields that are measured. Default: all.
    """
    n = len(plan.spw_frequencies)
    science, extra = tuple(range(n)), tuple(range(n, 2 * n))
    measured: set[int] = set()
    scans = []
    for scan in plan.scans:
        if scan.field not in measured and (fields is None or scan.field in fields):
            scans.append(SimulatedScan(scan.field, ("ATMOSPHERE",), 2, extra))
        measured.add(scan.field)
        scans.append(scan if scan.spws is not None else replace(scan, spws=science))
    frequencies = plan.spw_frequencies
    return replace(plan, spw_frequencies=frequencies * 2, scans=tuple(scans), system_temperature=kelvin)


def system_temperatures(plan: SimulationPlan) -> NDArray[np.float64]:
    """Return system temperatures (K), shape (n_field, n_spw, n_pol, n_ant, n_chan).

    They scatter between receivers, rise with the air mass of a field, and have a line of ozone in the middle of each
    spw. Two spws of the same frequency have the same.
    """
    random = corruption.generator(plan.seed, "tsys")
    centres = list(dict.fromkeys(plan.spw_frequencies))
    receiver = 1 + 0.1 * random.standard_normal((1, len(centres), 2, plan.antennas, 1))
    air_mass = random.uniform(0.8, 1.3, (len(plan.fields), 1, 1, 1, 1))
    x = (np.arange(plan.channels) + 0.5) / plan.channels
    line = 1 + 0.5 * np.exp(-(((x - 0.5) / 0.1) ** 2))
    kelvin = plan.system_temperature * np.clip(receiver, 0.5, 2) * air_mass * line
    return kelvin[:, [centres.index(frequency) for frequency in plan.spw_frequencies]]


def write_measured(vis: Path, plan: SimulationPlan) -> None:
    """Write the system temperatures of the scans of the atmosphere into the SYSCAL table."""
    kelvin = system_temperatures(plan)
    with open_table(vis) as table:
        columns = [table.getcol(name) for name in ("SCAN_NUMBER", "FIELD_ID", "DATA_DESC_ID", "TIME")]
    found = []
    for number, scan in enumerate(plan.scans, start=1):
        if scan.intents != ("ATMOSPHERE",):
            continue
        time = columns[3][columns[0] == number]
        middle = (time.min() + time.max()) / 2
        # They hold until the scan that follows has begun: the ALMA Pipeline looks for them there to estimate the SNR.
        # They must not reach the middle of an integration of a scan beside: CASA would think them of its field.
        length = 2 * (columns[3][columns[0] == number + 1].min() - plan.integration / 4 - middle)
        found += [(a, spw, middle, length, scan.field) for spw in plan.spws_of(scan) for a in range(plan.antennas)]
    antenna, spw, time, interval, field = (np.array(column) for column in zip(*found, strict=True))
    n_pol = 1 if plan.correlations in ("XX", "YY", "RR", "LL") else 2
    spectra = kelvin[field, spw, :n_pol, antenna]  # (n_row, n_pol, n_chan)
    write_system_temperatures(vis, antenna, spw, time, interval, np.moveaxis(spectra, 0, -1))
