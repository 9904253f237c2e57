"""Compute models of point sources as CASA's setjy does, and write to HISTORY what setjy writes about them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..domain.flux import StokesFlux
from . import runtime
from .history import append_to_history
from .model_rows import Spectra
from .tools import open_table

# Stokes I, Q, U and V of each correlation, by CASA's code: RR, RL, LR, LL, XX, XY, YX, YY.
_STOKES_OF_CORRELATION = {
    5: (1, 0, 0, 1), 6: (0, 1, 1j, 0), 7: (0, 1, -1j, 0), 8: (1, 0, 0, -1),
    9: (1, 1, 0, 0), 10: (0, 0, 1, 1j), 11: (0, 0, 1, -1j), 12: (1, -1, 0, 0),
}  # fmt: skip

# The arguments of setjy and their defaults, all of which setjy writes to HISTORY: the import of casatasks takes 3 s.
SETJY_DEFAULTS: dict[str, Any] = {
    "vis": "", "field": "", "spw": "", "selectdata": False, "timerange": "", "scan": "", "intent": "",
    "observation": "", "scalebychan": True, "standard": "Perley-Butler 2017", "model": "", "listmodels": False,
    "fluxdensity": -1, "spix": 0.0, "reffreq": "1GHz", "polindex": [], "polangle": [], "rotmeas": 0.0, "fluxdict": {},
    "useephemdir": False, "interpolation": "nearest", "usescratch": True, "ismms": False,
}  # fmt: skip


@dataclass(frozen=True)
class PointModel:
    """The model of a field in a spw: a point source at its phase centre.

    Attributes
    ----------
    field_id, spw_id : int
    flux : StokesFlux
        Flux density (Jy) at `frequency_hz`.
    spix : float
        Spectral index of all Stokes parameters.
    frequency_hz : float
    note, field_name : str
        Note and field name for HISTORY; see `stored_models.read_setjy_records`.
    """

    field_id: int
    spw_id: int
    flux: StokesFlux
    spix: float
    frequency_hz: float
    note: str = ""
    field_name: str = ""

    @property
    def is_polarised(self) -> bool:
        """Whether Stokes Q, U or V differ from 0."""
        return any((self.flux.Q, self.flux.U, self.flux.V))

    def setjy_arguments(self, vis: str | Path, *, virtual: bool) -> dict[str, Any]:
        """Return the arguments of CASA's setjy that set this model."""
        flux = self.flux
        note = {"fluxdict": {"note": self.note, "field": self.field_name}} if self.note else {}
        return {
            "vis": vis,
            "field": str(self.field_id),
            "spw": str(self.spw_id),
            "standard": "manual",
            "fluxdensity": [flux.I, flux.Q, flux.U, flux.V],
            "spix": self.spix,
            "reffreq": f"{self.frequency_hz!r}Hz",
            **note,
            "usescratch": not virtual,
        }


def spectrum(model: PointModel, channels_hz: np.ndarray, correlations: Iterable[int]) -> np.ndarray:
    """Return the visibilities of a model, which are the same on all baselines.

    They equal setjy's in every bit of complex64, except for a polarised source with a spectral index: setjy then
    takes `frequency_hz` to be in the frame of the kinematic local standard of rest.

    Parameters
    ----------
    model : PointModel
    channels_hz : ndarray, shape (n_chan,)
    correlations : iterable of int
        CASA's codes.

    Returns
    -------
    ndarray of complex, shape (n_chan, n_corr)
        Jy.
    """
    flux = model.flux
    stokes = np.array([flux.I, flux.Q, flux.U, flux.V])
    hands = np.array([_STOKES_OF_CORRELATION[int(code)] for code in correlations]) @ stokes
    return np.asarray((channels_hz / model.frequency_hz)[:, None] ** model.spix * hands)


def can_compute(vis: Path, model: PointModel) -> bool:
    """Return whether `spectrum` equals the model that setjy would write.

    The two differ for moving fields, and for polarised sources with a spectral index (see `spectrum`). setjy refuses
    spectral indices beyond 10, and uses a flux standard instead of a flux density of 0 or less.
    """
    if (model.is_polarised and model.spix) or abs(model.spix) > 10 or not model.flux.I > 0:
        return False
    with open_table(vis / "FIELD") as table:
        moves = "EPHEMERIS_ID" in table.colnames() and table.getcell("EPHEMERIS_ID", model.field_id) >= 0
        moves |= table.getcell("PHASE_DIR", model.field_id).shape[1] > 1
    known = all(set(codes.tolist()) <= set(_STOKES_OF_CORRELATION) for _, codes in _data_descriptions(vis, model))
    return known and not moves


def spectra_of(vis: Path, models: Sequence[PointModel]) -> Spectra:
    """Return the models by field id and data description id, shape (n_chan, n_corr)."""
    spectra = {}
    for model in models:
        with open_table(vis / "SPECTRAL_WINDOW") as table:
            channels = table.getcell("CHAN_FREQ", model.spw_id)
        for ddid, codes in _data_descriptions(vis, model):
            spectra[model.field_id, ddid] = spectrum(model, channels, codes)
    return spectra


def _data_descriptions(vis: Path, model: PointModel) -> list[tuple[int, np.ndarray]]:
    """Return id and correlations of the data descriptions of a model's spw."""
    with open_table(vis / "DATA_DESCRIPTION") as table:
        spws, polarizations = table.getcol("SPECTRAL_WINDOW_ID"), table.getcol("POLARIZATION_ID")
    with open_table(vis / "POLARIZATION") as table:
        return [
            (ddid, table.getcell("CORR_TYPE", int(polarizations[ddid])))
            for ddid in np.flatnonzero(spws == model.spw_id).tolist()
        ]


def write_history(vis: Path, models: Sequence[PointModel]) -> None:
    """Add the lines to HISTORY that setjy adds: the name of the task, the version of CASA, and the arguments."""
    ctsys = runtime.casatools().ctsys
    version = f"version: {ctsys.version_string()} {ctsys.version_desc()}"
    messages = []
    for model in models:
        arguments = SETJY_DEFAULTS | model.setjy_arguments(str(vis), virtual=False)
        messages += ["taskname=setjy", version, *(_history_line(*argument) for argument in arguments.items())]
    append_to_history(vis, messages, "setjy")


def _history_line(name: str, value: Any) -> str:
    return f'{name:11} = "{value}"' if isinstance(value, str) else f"{name:11} = {value}"
