"""Write the tables of weather, calibration devices and online flags."""

from pathlib import Path

import numpy as np

from ..casa.subtables import create_subtable
from ..casa.tools import open_table
from ..domain.dates import utc
from .plan import SimulationPlan
from .spw_layout import spw_ids

_STATION_POSITION = (2225264.0, -5440257.0, -2481099.0)  # m, ITRF: a weather station of ALMA's
_WEATHER_STEP = 60.0  # s
_WEATHER = {
    "PRESSURE": (555.0, "hPa"),
    "REL_HUMIDITY": (14.0, "%"),
    "TEMPERATURE": (268.0, "K"),
    "DEW_POINT": (240.0, "K"),
    "WIND_DIRECTION": (4.8, "rad"),
    "WIND_SPEED": (4.0, "m/s"),
}
_LOADS = ("AMBIENT_LOAD", "HOT_LOAD")
_LOAD_KELVIN = (290.0, 355.0)


def write_weather(vis: Path) -> None:
    """Write a WEATHER table for one weather station."""
    start, end = _time_range(vis)
    time = np.arange(start, end + _WEATHER_STEP, _WEATHER_STEP)
    n = time.size
    values = {
        "ANTENNA_ID": np.full(n, -1, dtype=np.int32),
        "TIME": time,
        "INTERVAL": np.full(n, _WEATHER_STEP),
        "NS_WX_STATION_ID": np.full(n, 29, dtype=np.int32),
        "NS_WX_STATION_POSITION": np.tile(np.array(_STATION_POSITION)[:, None], n),
    }
    columns = {"ANTENNA_ID": ("int", ""), "TIME": ("double", "s"), "INTERVAL": ("double", "s")}
    columns |= {"NS_WX_STATION_ID": ("int", ""), "NS_WX_STATION_POSITION": ("double", "m")}
    for name, (value, unit) in _WEATHER.items():
        columns |= {name: ("float", unit), f"{name}_FLAG": ("bool", "")}
        values |= {name: np.full(n, value, dtype=np.float32), f"{name}_FLAG": np.zeros(n, dtype=bool)}
    create_subtable(vis, "WEATHER", columns, values)


def write_calibration_devices(vis: Path, plan: SimulationPlan) -> None:
    """Write a CALDEVICE table: the loads of every antenna in the spws that measure system temperatures."""
    start, end = _time_range(vis)
    spws = [number for number, kind in zip(spw_ids(plan), plan.spw_kinds, strict=True) if kind == "TSYS"]
    antenna, spw = (ids.ravel() for ids in np.meshgrid(np.arange(plan.antennas), spws, indexing="ij"))
    n = antenna.size
    values = {
        "ANTENNA_ID": antenna.astype(np.int32),
        "FEED_ID": np.zeros(n, dtype=np.int32),
        "SPECTRAL_WINDOW_ID": spw.astype(np.int32),
        "TIME": np.full(n, (start + end) / 2),
        "INTERVAL": np.full(n, end - start),
        "NUM_CAL_LOAD": np.full(n, len(_LOADS), dtype=np.int32),
        "CAL_LOAD_NAMES": np.tile(np.array(_LOADS)[:, None], n),
        "NUM_RECEPTOR": np.full(n, 2, dtype=np.int32),
        "TEMPERATURE_LOAD": np.tile(np.array(_LOAD_KELVIN)[:, None], n),
    }
    kinds = {"TIME": ("double", "s"), "INTERVAL": ("double", "s"), "TEMPERATURE_LOAD": ("double", "K")}
    kinds["CAL_LOAD_NAMES"] = ("string", "")
    create_subtable(vis, "CALDEVICE", {name: kinds.get(name, ("int", "")) for name in values}, values)


def write_online_flags(vis: Path, plan: SimulationPlan) -> None:
    """Write online flags into FLAG_CMD for some seconds in which the antennas were not on source yet."""
    start, _ = _time_range(vis)
    with open_table(vis / "ANTENNA") as table:
        names = table.getcol("NAME")
    with open_table(vis / "FLAG_CMD", write=True) as table:
        table.addrows(plan.antennas)
        for row, name in enumerate(names):
            table.putcell("COMMAND", row, f"antenna='{name}&&*' timerange='{_words(start - 20)}~{_words(start - 6)}'")
            table.putcell("REASON", row, "Mount_is_off_source")
            table.putcell("APPLIED", row, False)


def _words(time: float) -> str:
    return f"{utc(time):%Y/%m/%d/%H:%M:%S}.000"


def _time_range(vis: Path) -> tuple[float, float]:
    with open_table(vis) as table:
        times = table.getcol("TIME")
    return float(times.min()), float(times.max())
