"""Make a real ASDM of a simulated MeasurementSet with CASA's exportasdm, and add the tables that it does not write."""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from pipeline_gfluxscale.casa import tasks
from pipeline_gfluxscale.casa.ms_reader import read_measurementset
from pipeline_gfluxscale.casa.tools import open_table

# What exportasdm calls every scan.
_EXPORTED_INTENT = "OBSERVE_TARGET"
_MODES = {
    "AMPLITUDE": "CALIBRATE_FLUX",
    "BANDPASS": "CALIBRATE_BANDPASS",
    "PHASE": "CALIBRATE_PHASE",
    "CHECK": "OBSERVE_CHECK_SOURCE",
    "TARGET": _EXPORTED_INTENT,
}


def make_asdm(vis: Path, asdm: Path, fluxes: Mapping[tuple[str, int], tuple[float, ...]] | None = None) -> Path:
    """Make an ASDM.

    Parameters
    ----------
    vis : Path
        A simulated MeasurementSet; it is changed.
    asdm : Path
        The ASDM, in the present directory.
    fluxes : mapping of (str, int) to tuple of float, optional
        Flux densities for Source.xml, by source name and spw: frequency (Hz), and Stokes I, Q, U, V (Jy).
    """
    ms = read_measurementset(vis)
    _share_polarization(vis)
    tasks.run("exportasdm", vis=vis, asdm=asdm, datacolumn="data", verbose=False)
    intents = {field.name: sorted(field.intents) for field in ms.fields}
    _separate_scans(asdm, intents)
    names = {spw.id: spw.name for spw in ms.spectral_windows}
    _edit(
        asdm / "SpectralWindow.xml",
        lambda n, row: row.replace("<netSideband>", f"<name>{names[n]}</name><netSideband>"),
    )
    _add_fluxes(asdm / "Source.xml", fluxes or {})
    return asdm


def _share_polarization(vis: Path) -> None:
    """Let all data descriptions refer to one row: exportasdm takes no doubles."""
    with open_table(vis / "DATA_DESCRIPTION", write=True) as table:
        table.putcol("POLARIZATION_ID", np.zeros(table.nrows(), dtype=np.int32))
    with open_table(vis / "POLARIZATION", write=True) as table:
        table.removerows(list(range(1, table.nrows())))
    shutil.rmtree(vis / "SYSCAL", ignore_errors=True)
    with open_table(vis, write=True) as table:
        if "SYSCAL" in table.keywordnames():
            table.removekeyword("SYSCAL")


def _edit(path: Path, change) -> None:
    """Change the rows of a table; the function gets each row and its number."""
    before, *rows = re.split(r"(?=<row>)", path.read_text())
    path.write_text("".join([before, *(change(n, row) for n, row in enumerate(rows))]))


def _text(row: str, tag: str) -> str:
    return re.search(rf"<{tag}>\s*(.*?)\s*</{tag}>", row)[1]


def _with(row: str, **values: object) -> str:
    for tag, value in values.items():
        row = re.sub(rf"<{tag}>.*?</{tag}>", f"<{tag}> {value} </{tag}>", row)
    return row


def _separate_scans(asdm: Path, intents: Mapping[str, list[str]]) -> None:
    """Make a scan of each subscan, with the intents of its field."""
    subscans = re.split(r"(?=<row>)", (asdm / "Subscan.xml").read_text())[1:]
    for table in ("Main", "Subscan"):
        _edit(asdm / f"{table}.xml", lambda n, row: _with(row, scanNumber=n + 1, subscanNumber=1))
    before, scan = re.split(r"(?=<row>)", (asdm / "Scan.xml").read_text())
    row, after = scan.split("</row>")
    scans = []
    for number, subscan in enumerate(subscans, start=1):
        words = [_MODES[intent] for intent in intents[_text(subscan, "fieldName")] if intent in _MODES]
        n = len(words)
        scans.append(
            _with(
                row,
                scanNumber=number,
                startTime=_text(subscan, "startTime"),
                endTime=_text(subscan, "endTime"),
                numIntent=n,
                numSubscan=1,
                scanIntent=f"1 {n} {' '.join(words)}",
                calDataType=f"1 {n} {' '.join(['FULL_RESOLUTION_CROSS'] * n)}",
                calibrationOnLine=f"1 {n} {' '.join(['false'] * n)}",
            )
        )
    (asdm / "Scan.xml").write_text(before + "</row>\n".join([*scans, after]))


def _add_fluxes(path: Path, fluxes: Mapping[tuple[str, int], tuple[float, ...]]) -> None:
    """Write one row per source and spw, with the flux density if it is known."""

    def rows(n: int, row: str) -> str:
        row, after = row.split("</row>")
        name = _text(row, "sourceName")
        written = []
        for spw in sorted({spw for _, spw in fluxes} | {0}):
            mine = _with(row, spectralWindowId=f"SpectralWindow_{spw}")
            if (name, spw) in fluxes:
                frequency, *stokes = fluxes[name, spw]
                mine += (
                    "<numFreq> 1 </numFreq> <numStokes> 4 </numStokes> "
                    "<stokesParameter> 1 4 I Q U V </stokesParameter> "
                    f"<frequency> 1 1 {frequency!r} </frequency> <flux> 2 1 4 {' '.join(map(repr, stokes))} </flux>"
                )
            written.append(f"{mine}</row>\n")
        return "".join(written) + after

    _edit(path, rows)
