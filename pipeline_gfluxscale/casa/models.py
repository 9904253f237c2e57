"""The flux models of a MeasurementSet: whether it has one, in which form, and how one is set."""

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np

from ..domain.flux import StokesFlux
from . import tasks
from .tools import open_table, query


def has_model_column(vis: Path) -> bool:
    """Return whether the MODEL_DATA column exists."""
    with open_table(vis) as table:
        return "MODEL_DATA" in table.colnames()


def has_virtual_models(vis: Path) -> bool:
    """Return whether models are kept "virtually", as records in the SOURCE table or the main table's keywords."""
    with open_table(vis) as table:
        if any(name.startswith("definedmodel_field_") for name in table.keywordnames()):
            return True
    source = vis / "SOURCE"
    if not source.exists():
        return False
    with open_table(source) as table:
        return "SOURCE_MODEL" in table.colnames() and any(
            table.iscelldefined("SOURCE_MODEL", row) and table.getcell("SOURCE_MODEL", row)
            for row in range(table.nrows())
        )


def fields_with_virtual_model(vis: Path, field_ids: Collection[int]) -> set[int]:
    """Return those of the fields that have a virtual model."""
    with open_table(vis) as table:
        names = table.keywordnames()
        with_model = {i for i in field_ids if f"definedmodel_field_{i}" in names}
    source = vis / "SOURCE"
    if not source.exists():
        return with_model
    with open_table(vis / "FIELD") as table:
        source_of = {i: int(table.getcell("SOURCE_ID", i)) for i in field_ids}
    with open_table(source) as table:
        if "SOURCE_MODEL" in table.colnames():
            ids = table.getcol("SOURCE_ID")
            for field_id in field_ids:
                rows = np.flatnonzero(ids == source_of[field_id])
                if any(
                    table.iscelldefined("SOURCE_MODEL", int(r)) and table.getcell("SOURCE_MODEL", int(r)) for r in rows
                ):
                    with_model.add(field_id)
    return with_model


def spws_without_model(vis: Path, field_id: int, spw_ids: Sequence[int], ddids: dict[int, list[int]]) -> list[int]:
    """Return the spws in which MODEL_DATA of a field is missing or unfinished.

    A model of exactly 1 is what CASA fills new columns with; 0 is what an interrupted writer leaves behind.

    Parameters
    ----------
    vis : Path
    field_id : int
    spw_ids : sequence of int
    ddids : dict of int to list of int
        Data descriptions of each spw.
    """
    missing = []
    with open_table(vis) as table:
        for spw in spw_ids:
            where = f"FIELD_ID == {field_id} && DATA_DESC_ID in {ddids[spw]} && ANTENNA1 != ANTENNA2"
            with query(table, where) as rows:
                if rows.nrows() == 0:
                    continue
                first = np.asarray(rows.getcolslice("MODEL_DATA", [0, 0], [0, 0], [1, 1])).ravel()
            if not np.all(np.isfinite(first)) or np.any((first == 1) | (first == 0)):
                missing.append(spw)
    return missing


def data_descriptions(vis: Path) -> dict[int, list[int]]:
    """Return the data description ids of each spw."""
    with open_table(vis / "DATA_DESCRIPTION") as table:
        spws = table.getcol("SPECTRAL_WINDOW_ID")
    return {int(spw): np.flatnonzero(spws == spw).tolist() for spw in np.unique(spws)}


def set_manual_model(
    vis: Path, field_id: int, spw_id: int, flux: StokesFlux, spix: float, frequency_hz: float, *, virtual: bool
) -> None:
    """Set the flux density of a point source as the model of a field in a spw."""
    tasks.run(
        "setjy",
        vis=vis,
        field=str(field_id),
        spw=str(spw_id),
        standard="manual",
        fluxdensity=[flux.I, flux.Q, flux.U, flux.V],
        spix=spix,
        reffreq=f"{frequency_hz!r}Hz",
        usescratch=not virtual,
    )


def set_standard_model(vis: Path, field_id: int, spw_ids: Sequence[int], standard: str, *, virtual: bool) -> None:
    """Set the model of a flux standard or solar-system object."""
    tasks.run(
        "setjy",
        vis=vis,
        field=str(field_id),
        spw=",".join(map(str, spw_ids)),
        standard=standard,
        usescratch=not virtual,
    )
