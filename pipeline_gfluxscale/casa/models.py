"""The flux models of a MeasurementSet: whether it has one, in which form, and how one is set."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..domain.flux import StokesFlux
from . import tasks
from .tools import open_table, query


def has_model_column(vis: Path) -> bool:
    """Return whether the MODEL_DATA column exists."""
    with open_table(vis) as table:
        return "MODEL_DATA" in table.colnames()


def fields_with_virtual_model(vis: Path) -> set[int]:
    """Return the ids of the fields whose model is "virtual": a record in the SOURCE table or among the keywords."""
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


def spws_without_model(vis: Path, field_id: int, spw_ids: Sequence[int]) -> list[int]:
    """Return the spws in which MODEL_DATA of a field is missing or unfinished.

    A model of exactly 1 is what CASA fills new columns with; 0 is what an interrupted writer leaves behind.
    """
    missing = []
    with open_table(vis / "DATA_DESCRIPTION") as table:
        spw_of_ddid = table.getcol("SPECTRAL_WINDOW_ID")
    with open_table(vis) as table:
        for spw in spw_ids:
            ddids = np.flatnonzero(spw_of_ddid == spw).tolist()
            cross = f"FIELD_ID == {field_id} && DATA_DESC_ID in {ddids} && ANTENNA1 != ANTENNA2"
            with query(table, cross) as rows:
                if rows.nrows() == 0:
                    continue
                first = np.asarray(rows.getcolslice("MODEL_DATA", [0, 0], [0, 0], [1, 1])).ravel()
            if not np.all(np.isfinite(first)) or np.any((first == 1) | (first == 0)):
                missing.append(spw)
    return missing


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
