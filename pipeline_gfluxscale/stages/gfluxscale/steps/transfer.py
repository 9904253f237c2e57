"""Step 5, Transfer: fluxscale derives flux densities from the ratios of the gains on transfer and reference fields."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ....casa import tasks
from ....casa.caltable import read_gains
from ....domain.flux import DerivedFlux, StokesFlux
from ...shared.calibrator_data import CalibratorData
from ..inputs import GFluxscaleInputs
from .selection import Selection


@dataclass(frozen=True)
class Transfer:
    """The result of fluxscale.

    Attributes
    ----------
    caltable : Path or None
        The amplitude table on the flux scale of the reference; None if no field could be scaled.
    fluxes : dict of (int, int) to DerivedFlux
        By field id and spw.
    """

    caltable: Path | None
    fluxes: dict[tuple[int, int], DerivedFlux]


def transfer(
    inputs: GFluxscaleInputs, data: CalibratorData, selection: Selection, amplitudes: Path, fluxtable: Path
) -> Transfer:
    """Transfer the flux scale.

    Parameters
    ----------
    inputs : GFluxscaleInputs
    data : CalibratorData
    selection : Selection
    amplitudes : Path
        The amplitude table.
    fluxtable : Path
        The table to write.
    """
    gains = read_gains(amplitudes)
    solved = set(gains.field[gains.good].tolist())
    reference = [field.id for field in selection.reference if field.id in solved]
    transfer_ids = [field.id for field in selection.transfer if field.id in solved]
    if not reference or not transfer_ids:
        return Transfer(None, {})
    tasks.remove_table(fluxtable)
    answer = tasks.run(
        "fluxscale",
        vis=data.vis,
        caltable=amplitudes,
        fluxtable=fluxtable,
        reference=[str(i) for i in reference],
        transfer=[str(i) for i in transfer_ids],
        refspwmap=list(inputs.refspwmap) or [-1],
    )
    return Transfer(fluxtable, _parse(answer or {}))


def _parse(answer: Mapping[str, Any]) -> dict[tuple[int, int], DerivedFlux]:
    """Read the return value of fluxscale: {field id: {spw id: {'fluxd', 'fluxdErr', 'numSol'}}}."""
    fluxes = {}
    for field, by_spw in answer.items():
        if not field.isdigit():
            continue
        for spw, entry in by_spw.items():
            if not spw.isdigit() or entry["numSol"][0] < 1:
                continue
            stokes = [float(value) for value in entry["fluxd"]]
            if np.isfinite(stokes[0]) and stokes[0] > 0:
                error = float(entry["fluxdErr"][0])
                fluxes[int(field), int(spw)] = DerivedFlux(
                    StokesFlux(*stokes), max(error, 0.0), int(entry["numSol"][0])
                )
    return fluxes
