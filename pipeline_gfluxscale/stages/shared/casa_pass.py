"""Calibrate and average with CASA's mstransform, for tables that this package cannot apply.

mstransform applies a cal library and averages the channels in one pass. It gives the same averages as `one_pass`. The
weights are proportional to the weights of `one_pass`, within half a percent if no channels are flagged.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ...casa import tasks
from ...casa.locking import wait_for_lock
from ...casa.model_column import has_model_column
from ...casa.ms_reader import read_setups
from ...casa.tools import open_table, query, selected
from ...casa.working_copy import COPIED, append_rows, point_source
from ...domain.calibration import CalTable
from ...heuristics.left_out import LeftOut
from .batches import Exclusions, batches
from .parts import Part


def append_by_casa(
    vis: Path,
    averaged: Path,
    parts: Sequence[Part],
    exclusions: Exclusions,
    clean: Callable[[Path, Sequence[Part]], None],
) -> None:
    """Append the averages of parts of a MeasurementSet to the working copy.

    Parameters
    ----------
    vis : Path
    averaged : Path
        MS made by `create_averaged`.
    parts : sequence of Part
    exclusions : Exclusions
        Data to leave out besides the flagged data.
    clean : callable
        Flags the data to leave out in a copy of the parts at full resolution; such a copy is made only if there are
        data to flag.

    Raises
    ------
    CasaTaskError
        If CASA cannot apply a table.
    """
    alike: dict[Part, list[Part]] = {}
    for part in parts:
        alike.setdefault(replace(part, spw=-1), []).append(part)
    has_model, cleaned = has_model_column(vis), averaged.with_name("cleaned.ms")
    for members in alike.values():
        of_members = Exclusions(LeftOut(), exclusions.user_flags)
        before = exclusions.user_flags.applied
        for batch in batches(vis, read_setups(vis), members, of_members.left_out):
            for piece in batch.pieces():
                part = members[batch.part[piece[0]]]
                batch.rows_of(piece, batch.read(piece, part, {}), part, of_members)
        if of_members.left_out.has_any or exclusions.user_flags.applied != before:
            transform(vis, cleaned, members, "data,model" if has_model and members[0].has_model else "data")
            clean(cleaned, members)
        exclusions.left_out.update(of_members.left_out)
        _append(cleaned if cleaned.exists() else vis, averaged, members, has_model=has_model)
        tasks.remove_table(cleaned)


def flag_excluded(vis: Path, parts: Sequence[Part], exclusions: Exclusions) -> None:
    """Flag the data to leave out in a MeasurementSet that this package has made."""
    tasks.log_command("from pipeline_gfluxscale.stages.shared.casa_pass import Exclusions, Part, flag_excluded")
    tasks.log_command(f"flag_excluded(Path({str(vis)!r}), {list(parts)!r}, Exclusions())")
    with open_table(vis, write=True) as table:
        for batch in batches(vis, read_setups(vis), parts, exclusions.left_out):
            for piece in batch.pieces():
                part = parts[batch.part[piece[0]]]
                flag = batch.rows_of(piece, batch.read(piece, part, {}), part, exclusions).flag
                if flag is not None:
                    with selected(table, batch.rows[piece]) as rows:
                        rows.putcol("FLAG", flag.transpose(1, 2, 0))


def _append(source: Path, averaged: Path, members: Sequence[Part], *, has_model: bool) -> None:
    transformed, library = averaged.with_name("transformed.ms"), averaged.with_name("callib.txt")
    _write_library(library, members[0].tables)
    column = "data,model,corrected" if has_model and members[0].has_model else "corrected"
    spws = sorted(part.spw for part in members)
    options = {"docallib": True, "callib": library, "chanaverage": True, "chanbin": channels_of(source, spws)}
    transform(source, transformed, members, column, **options)
    append_transformed(transformed, averaged)
    tasks.remove_table(transformed)
    library.unlink()


def transform(vis: Path, output: Path, members: Sequence[Part], column: str, **options: Any) -> None:
    """Run mstransform on the cross-correlations of parts that differ only in their spws."""
    wait_for_lock(vis)
    tasks.run(
        "mstransform",
        vis=vis,
        outputvis=output,
        field=str(members[0].field),
        spw=",".join(map(str, sorted(part.spw for part in members))),
        scan=",".join(map(str, members[0].scans)),
        intent=members[0].intent,
        antenna="*&",
        datacolumn=column,
        reindex=False,
        **options,
    )


def _write_library(path: Path, tables: Sequence[CalTable]) -> None:
    text = "".join(_line(table) + "\n" for table in tables)
    tasks.log_command(f"open({str(path)!r}, 'w').write({text!r})")
    path.write_text(text)


def _line(table: CalTable) -> str:
    """Return the line of a cal library that applies a table to all data and to their weights."""
    time, _, channel = table.interp.partition(",")
    line = f"caltable={table.gaintable!r} calwt=True tinterp={time.strip() or 'linear'!r}"
    if channel:
        line += f" finterp={channel.strip()!r}"
    if table.gainfield:
        line += f" fldmap={table.gainfield!r}"
    return line + (f" spwmap={list(table.spwmap)}" if table.spwmap else "")


def channels_of(vis: Path, spws: Sequence[int]) -> list[int]:
    """Return the numbers of channels of spws."""
    with open_table(vis / "SPECTRAL_WINDOW") as table:
        return [int(table.getcell("NUM_CHAN", spw)) for spw in spws]


def append_transformed(transformed: Path, averaged: Path) -> None:
    """Append the rows of an MS with one channel per spw, made by mstransform, to the working copy.

    Parameters
    ----------
    transformed : Path
        Its calibrated data are in CORRECTED_DATA if it has MODEL_DATA, otherwise in DATA.
    averaged : Path
        MS made by `create_averaged`.
    """
    tasks.log_command(
        "from pathlib import Path; from pipeline_gfluxscale.stages.shared.casa_pass import append_transformed"
    )
    tasks.log_command(f"append_transformed(Path({str(transformed)!r}), Path({str(averaged)!r}))")
    with open_table(transformed) as source, open_table(averaged, write=True) as target:
        columns = source.colnames()
        calibrated = "CORRECTED_DATA" if "CORRECTED_DATA" in columns else "DATA"
        for ddid in np.unique(source.getcol("DATA_DESC_ID")).tolist() if source.nrows() else ():
            with query(source, f"DATA_DESC_ID == {ddid}") as rows:
                data = rows.getcol(calibrated)[:, 0]
                model = np.broadcast_to(point_source(len(data))[:, None], data.shape)
                if "MODEL_DATA" in columns:
                    model = rows.getcol("MODEL_DATA")[:, 0]
                flag = rows.getcol("FLAG")[:, 0] | rows.getcol("FLAG_ROW") | ~np.isfinite(data)
                weight = np.where(flag, 0.0, rows.getcol("WEIGHT"))
                copied = {name: rows.getcol(name) for name in COPIED}
                append_rows(target, copied, np.where(flag, 0, data), model, weight)
