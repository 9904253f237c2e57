"""Find, set and delete the flux models of a MeasurementSet."""

import glob
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from ..domain.flux_standards import SOLAR_SYSTEM_STANDARD
from ..errors import CasaTaskError
from . import interrupts, tasks
from .locking import wait_for_lock
from .model_column import delete_unfinished, has_model_column, prepare_model_column, write_spectra
from .point_models import PointModel, can_compute, spectra_of, write_history
from .solar_system_models import set_solar_system_model
from .tools import open_table, query
from .view import view_with_copies

__all__ = [
    "PointModel",
    "can_compute",
    "delete_leftovers",
    "fields_with_virtual_model",
    "has_model_column",
    "keeps_virtual",
    "set_point_models",
    "set_standard_model",
    "spws_without_model",
]


def fields_with_virtual_model(vis: Path) -> set[int]:
    """Return the ids of the fields with a virtual model: a record in the SOURCE table or in the keywords."""
    with open_table(vis) as table:
        fields = {int(n.rsplit("_", 1)[1]) for n in table.keywordnames() if n.startswith("definedmodel_field_")}
    if not (vis / "SOURCE").exists():
        return fields
    with open_table(vis / "FIELD") as table:
        source_of_field = table.getcol("SOURCE_ID")
    with open_table(vis / "SOURCE") as table:
        if "SOURCE_MODEL" not in table.colnames():
            return fields
        sources = {
            int(source)
            for row, source in enumerate(table.getcol("SOURCE_ID"))
            if table.iscelldefined("SOURCE_MODEL", row) and table.getcell("SOURCE_MODEL", row)
        }
    return fields | {field for field, source in enumerate(source_of_field) if source in sources}


def keeps_virtual(vis: Path) -> bool:
    """Return whether models of an MS have to stay virtual.

    A new MODEL_DATA contains 1 Jy for every field, which would be taken for models of the other fields.
    """
    return not has_model_column(vis) and bool(fields_with_virtual_model(vis))


def spws_without_model(vis: Path, field_id: int, spw_ids: Sequence[int]) -> list[int]:
    """Return the spws in which MODEL_DATA of a field is missing or unfinished.

    CASA fills new columns with models of exactly 1; after an interrupted write models are 0.
    """
    missing = []
    for spw in spw_ids:
        with _cross_correlations(vis, field_id, spw) as rows:
            if any(np.any(~np.isfinite(model) | (model == 1) | (model == 0)) for model in _every_tile(rows)):
                missing.append(spw)
    return missing


def set_point_models(vis: Path, models: Sequence[PointModel], *, virtual: bool) -> None:
    """Set models of point sources with the result of setjy, but in one pass over the rows for all models.

    Raises
    ------
    MeasurementSetLockedError
        If another process keeps the MeasurementSet locked.
    CasaTaskError
        If setjy fails, also if it did not write the model and raised no error.
    """
    computed = [model for model in models if not virtual and can_compute(vis, model)]
    if computed:
        wait_for_lock(vis, write=True)
        for model in computed:
            tasks.log_equivalent("setjy", **model.setjy_arguments(vis, virtual=virtual))
        write_history(vis, computed)
        with interrupts.deferred():
            write_spectra(vis, spectra_of(vis, computed))
            _delete_virtual(vis, {model.field_id for model in computed})
    for model in models:
        if model not in computed:
            _call_setjy(vis, model, virtual)


def _delete_virtual(vis: Path, fields: set[int]) -> None:
    """Delete virtual models of fields that have a model in MODEL_DATA, as CASA prefers virtual models."""
    hidden = sorted(fields & fields_with_virtual_model(vis))
    if hidden:
        tasks.run("delmod", vis=vis, otf=True, field=",".join(map(str, hidden)), scr=False)


def _call_setjy(vis: Path, model: PointModel, virtual: bool) -> None:
    with _ready_for_setjy(vis, model.field_id, virtual) as target:
        tasks.run("setjy", **model.setjy_arguments(target, virtual=virtual))
    if not virtual and not _is_of_flux(vis, model):
        where = f"field {model.field_id} in spw {model.spw_id}"
        raise CasaTaskError(f"CASA's setjy did not write the model of {where}: see CASA's log")


def set_standard_model(
    vis: Path, field_id: int, spw_ids: Sequence[int], standard: str, *, virtual: bool
) -> dict[int, float]:
    """Set the model of a flux standard or solar-system object.

    Returns
    -------
    dict of int to float
        Total flux density (Jy) by spw, as setjy returns it.

    Raises
    ------
    MeasurementSetLockedError
        If another process keeps the MeasurementSet locked.
    CasaTaskError
        If setjy fails, also if it did not write the model and raised no error.
    InputError
        If CASA has no model of a solar-system object for the time or the frequencies of the observation.
    """
    with _ready_for_setjy(vis, field_id, virtual) as target:
        if standard == SOLAR_SYSTEM_STANDARD:
            result = set_solar_system_model(target, field_id, spw_ids, virtual=virtual)
        else:
            result = tasks.run(
                "setjy",
                vis=target,
                field=str(field_id),
                spw=",".join(map(str, spw_ids)),
                standard=standard,
                usescratch=not virtual,
            )
    lacking = [] if virtual else spws_without_model(vis, field_id, spw_ids)
    if lacking:
        raise CasaTaskError(f"CASA's setjy wrote no model of field {field_id} in spws {lacking}: see CASA's log")
    of_field = (result or {}).get(str(field_id), {})
    return {int(spw): float(of_spw["fluxd"][0]) for spw, of_spw in of_field.items() if spw.isdigit()}


@contextmanager
def _ready_for_setjy(vis: Path, field_id: int, virtual: bool) -> Iterator[Path]:
    """Wait for the lock, make the column, and delete old component lists; yield the path that setjy has to change.

    setjy makes component lists beside the MeasurementSet. If a list of a killed setjy exists, setjy does not change the
    model, and raises no error.
    """
    wait_for_lock(vis, write=True)
    if not virtual:
        prepare_model_column(vis)
    _delete_component_lists(vis)
    try:
        with nullcontext(vis) if virtual else _keeping_virtual_models(vis) as target:
            yield target
    finally:
        _delete_component_lists(vis)
    if not virtual:
        _delete_virtual(vis, {field_id})


@contextmanager
def _keeping_virtual_models(vis: Path) -> Iterator[Path]:
    """Yield the MS, or a view with a copy of SOURCE, in which setjy may delete all virtual models without harm."""
    if fields_with_virtual_model(vis) and (vis / "SOURCE" / "table.dat").is_file():
        with view_with_copies(vis, "SOURCE") as view:
            yield view
    else:
        yield vis


def delete_leftovers(vis: Path) -> None:
    """Delete unfinished models of killed runs; no other run may be working on the MeasurementSet."""
    delete_unfinished(vis)
    _delete_component_lists(vis)


def _delete_component_lists(vis: Path) -> None:
    """Delete setjy's component lists; setjy writes lists of solar-system objects into the current directory."""
    name = glob.escape(vis.name)
    beside, here = vis.parent.glob(f"{name}_setjy_*.cl"), Path().glob(f"*GHz_*d_{name}.cl")
    for component_list in (*beside, *here):
        shutil.rmtree(component_list, ignore_errors=True)


@contextmanager
def _cross_correlations(vis: Path, field_id: int, spw_id: int) -> Iterator[Any]:
    """Open the rows of a field in a spw, without autocorrelations."""
    with open_table(vis / "DATA_DESCRIPTION") as table:
        ddids = np.flatnonzero(table.getcol("SPECTRAL_WINDOW_ID") == spw_id).tolist()
    where = f"FIELD_ID == {field_id} && DATA_DESC_ID in {ddids} && ANTENNA1 != ANTENNA2"
    with open_table(vis) as table, query(table, where) as rows:
        yield rows


def _every_tile(rows: Any) -> Iterator[np.ndarray]:
    """Yield the models of the first correlation in one channel of every tile; CASA writes whole tiles."""
    if rows.nrows() == 0:
        return
    tiles = [m["SPEC"].get("DEFAULTTILESHAPE", ()) for m in rows.getdminfo().values() if "MODEL_DATA" in m["COLUMNS"]]
    step = int(tiles[0][1]) if tiles and len(tiles[0]) == 3 else 1
    for channel in range(0, rows.getcell("MODEL_DATA", 0).shape[1], max(1, step)):
        yield _model_of_channel(rows, channel)


def _model_of_channel(rows: Any, channel: int) -> np.ndarray:
    return np.asarray(rows.getcolslice("MODEL_DATA", [0, channel], [0, channel], [1, 1])).ravel()


def _is_of_flux(vis: Path, model: PointModel) -> bool:
    """Return whether MODEL_DATA has the modulus of this point source in its first correlation."""
    flux = model.flux
    with open_table(vis / "SPECTRAL_WINDOW") as table:
        first_channel_hz = float(table.getcell("CHAN_FREQ", model.spw_id)[0])
    with _cross_correlations(vis, model.field_id, model.spw_id) as rows:
        if rows.nrows() == 0:
            return True
        written = np.abs(_model_of_channel(rows, 0))
    polarised = float(np.hypot(np.hypot(flux.Q, flux.U), flux.V))
    expected = (first_channel_hz / model.frequency_hz) ** model.spix
    return bool(np.all(np.abs(written - flux.I * expected) < (0.01 * flux.I + polarised) * expected))
