"""The transmission of the atmosphere, and the water vapour that was measured during an observation."""

from pathlib import Path

import numpy as np

from . import runtime
from .tools import open_table

# Tables that importasdm leaves in the MeasurementSet; both have the precipitable water (m) in a column "water".
_WATER_TABLES = (("ASDM_CALWVR", "the water vapour radiometers"), ("ASDM_CALATMOSPHERE", "the Tsys scans"))

_SEA_LEVEL = (1013.25, 288.15)
"""Pressure (mbar) and temperature (K) of the International Standard Atmosphere at sea level."""

_LAPSE_RATE = 0.0065
"""Temperature gradient of the International Standard Atmosphere in the troposphere (K/m)."""


def measured_pwv(vis: Path) -> tuple[float, str] | None:
    """Return the median precipitable water vapour (mm) of an observation, and the instrument; None if not measured."""
    for name, source in _WATER_TABLES:
        if not (vis / name).is_dir():
            continue
        with open_table(vis / name) as table:
            if table.nrows() == 0 or "water" not in table.colnames():
                continue
            cells = [np.ravel(table.getcell("water", row)) for row in range(table.nrows())]
        water = np.concatenate(cells) * 1e3
        water = water[np.isfinite(water) & (water > 0)]
        if water.size:
            return float(np.median(water)), source
    return None


def zenith_transmission(
    low_hz: float, high_hz: float, n_channel: int, altitude_m: float, pwv_mm: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the transmission of the atmosphere at the zenith.

    Parameters
    ----------
    low_hz, high_hz : float
        Ends of the range of frequencies (Hz).
    n_channel : int
    altitude_m : float
        Altitude of the observatory (m), at which the standard atmosphere gives pressure and temperature.
    pwv_mm : float
        Precipitable water vapour (mm).

    Returns
    -------
    frequency : ndarray, shape (n,)
        Hz; CASA may add a channel to `n_channel`.
    transmission : ndarray, shape (n,)
        From 0 to 1.

    Raises
    ------
    RuntimeError
        If CASA's atmosphere model cannot be used at these frequencies.
    """
    tools = runtime.casatools()
    quantity, atmosphere = tools.quanta().quantity, tools.atmosphere()
    width = (high_hz - low_hz) / n_channel
    sea_pressure, sea_temperature = _SEA_LEVEL
    temperature = sea_temperature - _LAPSE_RATE * altitude_m
    try:
        atmosphere.initAtmProfile(
            humidity=20.0,
            temperature=quantity(temperature, "K"),
            altitude=quantity(altitude_m, "m"),
            pressure=quantity(sea_pressure * (temperature / sea_temperature) ** 5.2559, "mbar"),
        )
        atmosphere.initSpectralWindow(
            1, quantity((low_hz + high_hz) / 2, "Hz"), quantity(high_hz - low_hz, "Hz"), quantity(width, "Hz")
        )
        atmosphere.setUserWH2O(quantity(pwv_mm, "mm"))
        frequency = np.asarray(atmosphere.getSpectralWindow(0)["value"])
        opacity = np.asarray(atmosphere.getDryOpacitySpec(0)[1])
        opacity = opacity + np.asarray(atmosphere.getWetOpacitySpec(0)[1]["value"])
    finally:
        atmosphere.done()
    return frequency, np.exp(-opacity)
