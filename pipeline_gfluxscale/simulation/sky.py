"""The simulated sky: the visibilities without effects of the instrument and noise, and the flux densities."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..casa import models, tasks
from ..casa.solar_system import is_solar_system_object
from ..casa.tools import open_table, query
from .plan import SimulationPlan

#: Frequency of the flux densities of the plan's fields (Hz).
FLUX_FREQUENCY = 230e9

#: Visibilities ("model") and flux densities in Jy ("flux") by spw, of the fields that are solar-system objects.
Sky = dict[int, dict[str, Any]]


def solar_system_sky(vis: Path, plan: SimulationPlan) -> Sky:
    """Return the visibilities of the solar-system objects without noise, by field and spw, from CASA's models.

    The models are removed from the MeasurementSet again, as to set them is the work of the stages.
    """
    objects = [i for i, field in enumerate(plan.fields) if is_solar_system_object(field.name)]
    sky: Sky = {}
    if not objects:
        return sky
    spws = sorted({spw for scan in plan.scans if plan.is_measured(scan) for spw in plan.spws_of(scan)})
    for index in objects:
        returned = tasks.run(
            "setjy",
            vis=vis,
            field=str(index),
            spw=",".join(map(str, spws)),
            standard="Butler-JPL-Horizons 2012",
            usescratch=True,
        )
        with open_table(vis) as table:
            model, flux = {}, {}
            for spw in spws:
                with query(table, f"FIELD_ID == {index} && DATA_DESC_ID == {spw}") as rows:
                    if rows.nrows():
                        model[spw] = rows.getcol("MODEL_DATA")
                        of_first_channel = float(returned[str(index)][str(spw)]["fluxd"][0])
                        flux[spw] = of_first_channel * _mean_to_first(model[spw], rows.getcol("UVW"))
        sky[index] = {"model": model, "flux": flux}
    if models.has_model_column(vis):
        with open_table(vis, write=True) as table:
            table.removecols(["MODEL_DATA"])
    return sky


def _mean_to_first(model: np.ndarray, uvw: np.ndarray) -> float:
    """Return the mean flux density of a spw divided by that of its first channel, which setjy returns.

    The spectrum is measured on the shortest baseline, on which the size of the object has the smallest effect.
    """
    shortest = np.linalg.norm(uvw, axis=0).argmin()
    spectrum = np.abs(model[0, :, shortest])
    return float(spectrum.mean() / spectrum[0])


def true_visibilities(rows: Any, plan: SimulationPlan, field: int, spw: int, sky: Sky) -> np.ndarray:
    """Return the visibilities of an unpolarised source at the phase centre, shape (n_corr, n_chan, n_row)."""
    n_corr = rows.getcell("DATA", 0).shape[0]
    if field in sky and spw in sky[field]["model"]:
        return np.array(sky[field]["model"][spw], dtype=np.complex128)
    frequency = plan.channel_frequencies(spw)
    source = plan.fields[field]
    # Pointing and atmosphere scans of a planet have the spectrum of the plan, as no flux density is measured there.
    spectrum = source.flux_jy * (frequency / FLUX_FREQUENCY) ** source.spix
    data = np.zeros((n_corr, frequency.size, rows.nrows()), dtype=np.complex128)
    for corr, (p, q) in enumerate(hands(n_corr)):
        if p == q:
            data[corr] = spectrum[:, None]
    return data


def hands(n_corr: int) -> tuple[tuple[int, int], ...]:
    """Return the polarisations of each correlation."""
    return {1: ((0, 0),), 2: ((0, 0), (1, 1)), 4: ((0, 0), (0, 1), (1, 0), (1, 1))}[n_corr]


def true_fluxes(plan: SimulationPlan, sky: Sky, spw_ids: Sequence[int]) -> list[dict[str, Any]]:
    """Return the flux densities of fields in their spws; `spw_ids` are the MeasurementSet's ids of the plan's spws."""
    entries = []
    for index, source in enumerate(plan.fields):
        scans = [scan for scan in plan.scans if scan.field == index and plan.is_measured(scan)]
        intents = sorted({intent for scan in scans for intent in scan.intents})
        for spw in sorted({spw for scan in scans for spw in plan.spws_of(scan)}):
            frequency = plan.spw_frequencies[spw]
            flux = (
                sky[index]["flux"][spw]
                if index in sky
                else source.flux_jy * (frequency / FLUX_FREQUENCY) ** source.spix
            )
            entries.append(
                {
                    "field": source.name,
                    "field_id": index,
                    "intents": intents,
                    "spw": spw_ids[spw],
                    "frequency_hz": frequency,
                    "I": flux,
                    "spix": None if index in sky else source.spix,
                }
            )
    return entries
