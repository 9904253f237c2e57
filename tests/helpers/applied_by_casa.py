"""Random solutions in calibration tables, and their averages by applycal."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline_gfluxscale.casa import runtime
from pipeline_gfluxscale.casa.tools import open_table, query
from pipeline_gfluxscale.stages.shared.parts import Part


def randomise(table: Path, seed: int) -> None:
    """Fill a table with random solutions, which are smooth in time and frequency as the gains of instruments."""
    rng = np.random.default_rng(seed)
    with open_table(table, write=True) as opened:
        column = "CPARAM" if "CPARAM" in opened.colnames() else "FPARAM"
        values, flag = opened.getcol(column), opened.getcol("FLAG")
        channel = np.linspace(-0.5, 0.5, values.shape[1])[None, :, None] if values.shape[1] > 1 else 0.0
        amplitude, phase, slope = rng.uniform(-1, 1, (3, values.shape[0], 1, values.shape[2]))
        if np.iscomplexobj(values):
            values = 1.5 ** (amplitude + channel * slope) * np.exp(1j * (np.pi * phase + 2 * channel * slope))
        elif "TSYS" in str(opened.getkeyword("VisCal")):
            values = 100 * 1.5 ** (amplitude + channel * slope)  # K
            values[:, ::9, ::4] = -50  # invalid
        elif "AntPos" in str(opened.getkeyword("VisCal")):
            values = 0.01 * amplitude  # m
        else:
            values = 0.3 * amplitude  # ns
        opened.putcol(column, np.broadcast_to(values, flag.shape))
        opened.putcol("FLAG", rng.random(flag.shape) < 0.05)


@dataclass(frozen=True)
class Averages:
    """Averages over channels, shape (n_corr, n_row)."""

    data: np.ndarray
    flag: np.ndarray
    weight: np.ndarray


def by_applycal(vis: Path, parts: Sequence[Part], copy: Path) -> list[Averages]:
    """Apply the tables of each part to a copy with applycal, and average by the definition."""
    shutil.copytree(vis, copy)
    found = []
    for part in parts:
        runtime.casatasks().applycal(
            vis=str(copy), field=str(part.field), spw=str(part.spw),
            gaintable=[t.gaintable for t in part.tables], gainfield=[t.gainfield for t in part.tables],
            interp=[t.interp for t in part.tables], spwmap=[list(t.spwmap) for t in part.tables],
            calwt=[False], applymode="calflag", flagbackup=False,
        )  # fmt: skip
    with open_table(copy) as table:
        for part in parts:
            where = f"FIELD_ID == {part.field} && DATA_DESC_ID == {part.spw}"
            with query(table, where, sortlist="TIME, ANTENNA1, ANTENNA2") as rows:
                data, calibrated, weight = (rows.getcol(name) for name in ("DATA", "CORRECTED_DATA", "WEIGHT"))
                good = ~(rows.getcol("FLAG") | rows.getcol("FLAG_ROW"))
            gain2 = np.sum(np.abs(data / calibrated) ** 2, axis=1, where=good)
            average = np.sum(calibrated, axis=1, where=good) / np.maximum(good.sum(axis=1), 1)
            found.append(Averages(average, ~good.any(axis=1), weight * gain2))
    return found


def averages_of(averaged: Path, parts: Sequence[Part]) -> list[Averages]:
    """Read the averages of each part from a working copy."""
    found = []
    with open_table(averaged) as table:
        for part in parts:
            where = f"FIELD_ID == {part.field} && DATA_DESC_ID == {part.spw}"
            with query(table, where, sortlist="TIME, ANTENNA1, ANTENNA2") as rows:
                found.append(Averages(*(rows.getcol(n)[:, 0] for n in ("DATA", "FLAG")), rows.getcol("WEIGHT")))
    return found
