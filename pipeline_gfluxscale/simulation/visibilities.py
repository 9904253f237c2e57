"""Write the visibilities of the sky with the effects of the instrument and the noise of a plan, and its flags."""

from pathlib import Path

import numpy as np

from ..casa.tools import open_table, query
from . import corruption
from .plan import SimulationPlan
from .sky import Sky, hands, true_visibilities
from .system_temperatures import system_temperatures

_NOISE_WIDTH, _NOISE_TIME = 31.25e6, 6.0
_NOMINAL_NOISE = 0.1  # Jy
_LARGEST_DISH = 12.0  # m: the gain of smaller dishes is smaller by the ratio of the diameters


def write_visibilities(vis: Path, plan: SimulationPlan, sky: Sky) -> None:
    """Write DATA, WEIGHT and SIGMA, one spw after another."""
    n_spw, n_scan, n_ant = len(plan.spw_frequencies), len(plan.scans), plan.antennas
    gains = corruption.amplitude_gains(plan.seed, n_scan, n_spw, 2, n_ant, plan.gain_scatter, plan.gain_drift)
    gains = corruption.disturb(gains, plan.disturbances) * np.array(plan.diameters()) / _LARGEST_DISH
    random = corruption.generator(plan.seed, "noise")
    with open_table(vis, write=True) as table:
        times = np.unique(table.getcol("TIME"))
        phase = corruption.phases(plan.seed, times.size, n_spw, 2, n_ant, plan.phase_noise)
        for spw in range(n_spw):
            shapes = _bandpass(plan, spw)
            sigma = noise_of(plan, spw)
            kelvin = system_temperatures(plan, spw) if plan.system_temperature else None
            for field in range(len(plan.fields)):
                with query(table, f"FIELD_ID == {field} && DATA_DESC_ID == {spw}") as rows:
                    if rows.nrows() == 0:
                        continue
                    data = true_visibilities(rows, plan, field, spw, sky)
                    time = np.searchsorted(times, rows.getcol("TIME"))
                    scan = rows.getcol("SCAN_NUMBER") - 1
                    first, second = rows.getcol("ANTENNA1"), rows.getcol("ANTENNA2")
                    for corr, (p, q) in enumerate(hands(data.shape[0])):
                        gain_1 = gains[scan, spw, p, first] * np.exp(1j * phase[time, spw, p, first])
                        gain_2 = gains[scan, spw, q, second] * np.exp(1j * phase[time, spw, q, second])
                        shape = shapes[p, first] * np.conj(shapes[q, second])
                        data[corr] *= (shape * (gain_1 * np.conj(gain_2))[:, None]).T
                        if kelvin is not None:
                            data[corr] /= np.sqrt(kelvin[field, p, first] * kelvin[field, q, second]).T
                    if plan.noise_jy:
                        data += corruption.noise(random, data.shape, sigma)
                    rows.putcol("DATA", data.astype(np.complex64))
                    rows.putcol("SIGMA", np.full((data.shape[0], data.shape[2]), sigma))
                    rows.putcol("WEIGHT", np.full((data.shape[0], data.shape[2]), sigma**-2))


def noise_of(plan: SimulationPlan, spw: int) -> float:
    """Return the standard deviation of the real and imaginary part of a visibility in a channel, in units of DATA."""
    # Without noise the weights are for the nominal noise.
    nominal = plan.noise_jy or _NOMINAL_NOISE
    sigma = nominal * np.sqrt(_NOISE_WIDTH / abs(plan.channel_width(spw)) * _NOISE_TIME / plan.integration)
    return float(sigma / plan.system_temperature if plan.system_temperature else sigma)


def _bandpass(plan: SimulationPlan, spw: int) -> np.ndarray:
    """Return the bandpass gains of a spw, shape (n_pol, n_ant, n_chan)."""
    if not plan.bandpass:
        return np.ones((2, plan.antennas, 1))
    n_spw = len(plan.spw_frequencies)
    shapes = corruption.bandpass_shapes(plan.seed, n_spw, 2, plan.antennas, plan.channels_of(spw))
    return np.asarray(shapes[spw])


def write_flags(vis: Path, plan: SimulationPlan) -> None:
    """Set the flags of the plan."""
    if not plan.flags:
        return
    with open_table(vis, write=True) as table:
        flag = table.getcol("FLAG")
        columns = {
            "scan": table.getcol("SCAN_NUMBER"),
            "spw": table.getcol("DATA_DESC_ID"),
            "field": table.getcol("FIELD_ID"),
        }
        first, second, time = table.getcol("ANTENNA1"), table.getcol("ANTENNA2"), table.getcol("TIME")
        for selection in plan.flags:
            rows = np.ones(time.size, dtype=bool)
            for name, values in columns.items():
                wanted = getattr(selection, name)
                if wanted is not None:
                    rows &= values == wanted
            if selection.antenna is not None:
                rows &= (first == selection.antenna) | (second == selection.antenna)
            if selection.fraction < 1:
                mine = np.unique(time[rows])
                rows &= np.isin(time, mine[: round(selection.fraction * mine.size)])
            flag[:, :, rows] = True
        table.putcol("FLAG", flag)
