"""Virtual models of references, which CASA evaluates when it reads them, and which it prefers to MODEL_DATA."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ...casa import tasks
from ...casa.models import fields_with_virtual_model
from ...casa.tools import open_table, query
from .casa_pass import channels_of, transform
from .parts import Part

_KEY = ("DATA_DESC_ID", "SCAN_NUMBER", "TIME", "ANTENNA1", "ANTENNA2", "OBSERVATION_ID", "FEED1", "FEED2")


def put_virtual_models(vis: Path, averaged: Path, parts: Sequence[Part]) -> None:
    """Write the channel averages of virtual models into MODEL_DATA of the working copy.

    Parameters
    ----------
    vis : Path
    averaged : Path
        The working copy, with the rows of `parts`.
    parts : sequence of Part
        Parts without a model are not changed.
    """
    virtual = fields_with_virtual_model(vis)
    alike: dict[Part, list[Part]] = {}
    for part in parts:
        if part.has_model and part.field in virtual:
            alike.setdefault(replace(part, spw=-1, tables=()), []).append(part)
    transformed = averaged.with_name("model.ms")
    for members in alike.values():
        channels = channels_of(vis, sorted(part.spw for part in members))
        transform(vis, transformed, members, "model", realmodelcol=True, chanaverage=True, chanbin=channels)
        put_models(transformed, averaged, members[0].field)
        tasks.remove_table(transformed)


def put_models(transformed: Path, averaged: Path, field: int) -> None:
    """Write DATA of an MS with one channel into MODEL_DATA of the same rows of the working copy."""
    tasks.log_command(
        "from pathlib import Path; from pipeline_gfluxscale.stages.shared.virtual_models import put_models"
    )
    tasks.log_command(f"put_models(Path({str(transformed)!r}), Path({str(averaged)!r}), {field})")
    with open_table(transformed) as source, open_table(averaged, write=True) as target:
        for ddid in np.unique(source.getcol("DATA_DESC_ID")).tolist() if source.nrows() else ():
            with (
                query(source, f"DATA_DESC_ID == {ddid}") as averages,
                query(target, f"DATA_DESC_ID == {ddid} && FIELD_ID == {field}") as rows,
            ):
                row_of = {key: row for row, key in enumerate(_keys(averages))}
                partners = np.array([row_of.get(key, -1) for key in _keys(rows)], dtype=int)
                row, model = np.flatnonzero(partners >= 0), rows.getcol("MODEL_DATA")
                model[..., row] = averages.getcol("DATA")[..., partners[row]]
                rows.putcol("MODEL_DATA", model)


def _keys(rows: object) -> list[tuple[float, ...]]:
    return list(zip(*(rows.getcol(name).tolist() for name in _KEY), strict=True))  # type: ignore[attr-defined]
