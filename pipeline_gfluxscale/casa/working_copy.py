"""Create the working copy, an MS with one channel per spw, and append rows to it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..averaging.distinct import distinct
from ..heuristics.integrations import OF_INTEGRATIONS, integration_times, with_flagged_rows
from ..heuristics.left_out import SAME_TIME
from ..heuristics.simultaneous import united
from .subtables import copy_rows
from .tasks import log_command, remove_table
from .tools import open_table

#: Columns of the main table that are copied unchanged.
COPIED = (
    "ANTENNA1", "ANTENNA2", "ARRAY_ID", "DATA_DESC_ID", "EXPOSURE", "FEED1", "FEED2", "FIELD_ID", "INTERVAL",
    "OBSERVATION_ID", "PROCESSOR_ID", "SCAN_NUMBER", "STATE_ID", "TIME", "TIME_CENTROID", "UVW",
)  # fmt: skip
# Sub-tables whose rows CASA's solves, fluxscale and applycal read. The others stay empty: POINTING and the sub-tables
# of ALMA's ASDM may be large.
_SUBTABLES = (
    "ANTENNA", "DATA_DESCRIPTION", "FEED", "FIELD", "OBSERVATION", "POLARIZATION", "PROCESSOR", "SOURCE",
    "SPECTRAL_WINDOW", "STATE",
)  # fmt: skip
_VISIBILITIES = ("DATA", "MODEL_DATA", "FLAG", "WEIGHT", "SIGMA")
_KEPT = {*COPIED, *_VISIBILITIES, "FLAG_ROW", "FLAG_CATEGORY"}
# Keywords of the main table or of SOURCE.
_VIRTUAL_MODEL = re.compile(r"(definedmodel_field|model)_\d+")


def create_averaged(vis: Path, averaged: Path) -> None:
    """Create an MS for the channel averages of `vis`: with the same ids, one channel per spw, and no rows."""
    log_command("from pathlib import Path; from pipeline_gfluxscale.casa.working_copy import create_averaged")
    log_command(f"create_averaged(Path({str(vis)!r}), Path({str(averaged)!r}))")
    averaged.parent.mkdir(exist_ok=True)
    remove_table(averaged)
    with open_table(vis) as source:
        source.copy(str(averaged), deep=True, valuecopy=True, norows=True).close()
    for name in _SUBTABLES:
        if (vis / name / "table.dat").is_file():
            copy_rows(vis / name, averaged / name)
    _delete_virtual_models(averaged)
    with open_table(averaged, write=True) as table:
        for column in sorted(set(table.colnames()) - _KEPT):
            table.removecols(column)
        _move_uvw_to_standard_storage(table)
        if "MODEL_DATA" not in table.colnames():
            description = table.getcoldesc("DATA") | {"comment": "The model column"}
            description.pop("shape", None)
            manager = {"NAME": "ModelTiled", "COLUMNS": ["MODEL_DATA"], "SPEC": {"DEFAULTTILESHAPE": [4, 1, 8192]}}
            table.addcols({"MODEL_DATA": description}, {"*1": manager | {"TYPE": "TiledShapeStMan"}})
    with open_table(averaged / "SPECTRAL_WINDOW", write=True) as windows:
        for row in range(windows.nrows()):
            _make_one_channel(windows, row)


def _delete_virtual_models(averaged: Path) -> None:
    """Delete the virtual models that were copied with the keywords and SOURCE: CASA prefers them to MODEL_DATA."""
    for path in (averaged, averaged / "SOURCE"):
        if not (path / "table.dat").is_file():
            continue
        with open_table(path, write=True) as table:
            for keyword in filter(_VIRTUAL_MODEL.fullmatch, table.keywordnames()):
                table.removekeyword(keyword)
            if "SOURCE_MODEL" in table.colnames():
                table.removecols("SOURCE_MODEL")


def _move_uvw_to_standard_storage(table: Any) -> None:
    """Move UVW of a table without rows out of an incremental storage manager, which is slow to write it.

    CASA removes either all columns of such a manager or none, so its other columns are moved too.
    """
    manager = next(manager for manager in table.getdminfo().values() if "UVW" in manager["COLUMNS"])
    if manager["TYPE"] != "IncrementalStMan":
        return
    columns = [str(column) for column in manager["COLUMNS"]]
    descriptions = {column: table.getcoldesc(column) for column in columns}
    table.removecols(columns)
    name = "StandardOfRows"
    for description in descriptions.values():
        description |= {"dataManagerType": "StandardStMan", "dataManagerGroup": name}
    standard = {"TYPE": "StandardStMan", "NAME": name, "COLUMNS": columns, "SPEC": {"BUCKETSIZE": 65536}}
    table.addcols(descriptions, {"*1": standard})


def _make_one_channel(windows: Any, row: int) -> None:
    width = windows.getcell("CHAN_WIDTH", row)
    windows.putcell("CHAN_FREQ", row, [float(np.mean(windows.getcell("CHAN_FREQ", row)))])
    windows.putcell("CHAN_WIDTH", row, [float(np.sum(width))])
    for column in ("EFFECTIVE_BW", "RESOLUTION"):
        windows.putcell(column, row, [float(np.sum(np.abs(width)))])
    windows.putcell("NUM_CHAN", row, 1)


def append_rows(
    table: Any, copied: Mapping[str, np.ndarray], data: np.ndarray, model: np.ndarray, weight: np.ndarray
) -> None:
    """Append channel averages of one data description to the open working copy.

    Parameters
    ----------
    table : table tool
    copied : mapping of str to ndarray
        The columns of `COPIED`; rows are the last axis.
    data, model : ndarray of complex, shape (n_corr, n_row)
    weight : ndarray of float, shape (n_corr, n_row)
        Zero where everything is flagged.

    Notes
    -----
    Cross-hands without valid data are not flagged if both parallel hands are valid, but have a weight of zero: gaincal
    leaves out a visibility if a correlation is flagged, and does not use cross-hands without weight.
    """
    first, count = table.nrows(), weight.shape[1]
    table.addrows(count)
    for column, values in copied.items():
        table.putcol(column, values, first, count)
    flag = weight == 0
    sigma = np.divide(1, np.sqrt(weight), out=np.zeros_like(weight), where=~flag)
    if len(flag) == 4:
        flag[1:3] &= flag[0] | flag[3]
    table.putcol("DATA", data[:, None, :], first, count)
    table.putcol("MODEL_DATA", model[:, None, :], first, count)
    table.putcol("FLAG", flag[:, None, :], first, count)
    table.putcol("FLAG_ROW", flag.all(axis=0), first, count)
    table.putcol("WEIGHT", weight, first, count)
    table.putcol("SIGMA", sigma, first, count)


def unite_integrations(averaged: Path) -> None:
    """Set TIME and TIME_CENTROID of all rows of an integration to the same time.

    CASA's solves, ours and the statistics take rows of one TIME for an integration.
    """
    with open_table(averaged, write=True) as table:
        if table.nrows() == 0:
            return
        good = ~table.getcol("FLAG_ROW")
        columns = {name: table.getcol(name) for name in OF_INTEGRATIONS}
        times, centroids = columns["TIME"], table.getcol("TIME_CENTROID")
        joint = times.copy()
        joint[good] = integration_times({name: values[good] for name, values in columns.items()})
        if not np.isin(times[~good], np.unique(joint[good])).all():
            joint = with_flagged_rows(columns, joint, good)
        for name, before in (("TIME", times), ("TIME_CENTROID", centroids)):
            if not np.array_equal(before, joint):
                table.putcol(name, joint)


def unite_simultaneous(averaged: Path) -> None:
    """Set the OBSERVATION_ID and ARRAY_ID of data that were observed at the same time to the same values.

    CASA solves for each OBSERVATION_ID and ARRAY_ID separately, and neither applycal nor fluxscale can use two
    solutions of one time. A joint solve gives the same gains, as no baseline connects two subarrays.
    """
    with open_table(averaged, write=True) as table:
        if table.nrows() == 0:
            return
        ids = np.stack([table.getcol("OBSERVATION_ID"), table.getcol("ARRAY_ID")])
        kinds, _, part = distinct(ids)
        if kinds.shape[1] == 1:
            return
        good = ~table.getcol("FLAG_ROW")
        lead = np.arange(kinds.shape[1])
        lead[: part[good].max(initial=-1) + 1] = united(part[good], table.getcol("TIME")[good], SAME_TIME)
        for column, values in zip(("OBSERVATION_ID", "ARRAY_ID"), kinds[:, lead[part]], strict=True):
            table.putcol(column, values.astype(np.int32))


def point_source(n_corr: int) -> np.ndarray:
    """Return the model of an unpolarised source of 1 Jy, shape (n_corr,): ones in the parallel hands."""
    model = np.ones(n_corr, dtype=complex)
    if n_corr == 4:
        model[1:3] = 0
    return model
