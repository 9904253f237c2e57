"""The content of a calibration table: its kind, and the fields, spws and antennas with solutions."""

import functools
from pathlib import Path

import numpy as np

from ..domain.calibration import TableContents
from ..errors import CaltableError
from .tools import open_table

_NEEDED = ("FIELD_ID", "SPECTRAL_WINDOW_ID", "ANTENNA1", "FLAG")
_SUBTABLES = ("ANTENNA", "FIELD", "SPECTRAL_WINDOW")


def read_contents(caltable: Path) -> TableContents:
    """Return the content of a calibration table; an unchanged table is read only once.

    Raises
    ------
    CaltableError
        It is not a calibration table that CASA can apply, or it has no solutions.
    """
    if not (caltable / "table.dat").is_file():
        raise CaltableError("is no calibration table: it is " + ("a file" if caltable.is_file() else "no CASA table"))
    return _read(caltable, max(file.stat().st_mtime_ns for file in caltable.iterdir()))


@functools.lru_cache(maxsize=256)
def _read(caltable: Path, _changed: int) -> TableContents:
    try:
        with open_table(caltable) as table:
            kind = table.info().get("type", "")
            keywords, columns = table.keywordnames(), table.colnames()
            if kind != "Calibration":
                raise CaltableError(f"is no calibration table: it is a {kind or 'table of another kind'}")
            if lacking := [n for n in (*_NEEDED, *_SUBTABLES) if n not in columns and n not in keywords]:
                raise CaltableError(f"is no calibration table of this CASA: it lacks {', '.join(lacking)}")
            if not table.nrows():
                raise CaltableError("has no solutions: the table is empty")
            viscal = str(table.getkeyword("VisCal")) if "VisCal" in keywords else str(table.info()["subType"])
            solved = _solved(table, caltable)
        return TableContents(viscal, *_names(caltable), solved, _frequencies(caltable))
    except RuntimeError as error:
        raise CaltableError(f"cannot be read; CASA says: {error}") from error


def _names(caltable: Path) -> tuple[tuple[str, ...], tuple[str, ...], int]:
    """Return the names of antennas and fields, and the number of spws."""
    with open_table(caltable / "ANTENNA") as antennas, open_table(caltable / "FIELD") as fields:
        names = [tuple(map(str, table.getcol("NAME"))) if table.nrows() else () for table in (antennas, fields)]
    with open_table(caltable / "SPECTRAL_WINDOW") as windows:
        return names[0], names[1], int(windows.nrows())


def _frequencies(caltable: Path) -> dict[int, tuple[float, float]]:
    ranges = {}
    with open_table(caltable / "SPECTRAL_WINDOW") as windows:
        for spw in range(windows.nrows()):
            if windows.iscelldefined("CHAN_FREQ", spw) and windows.iscelldefined("CHAN_WIDTH", spw):
                centres, widths = (np.atleast_1d(windows.getcell(name, spw)) for name in ("CHAN_FREQ", "CHAN_WIDTH"))
                half = np.abs(widths) / 2
                ranges[spw] = float(np.min(centres - half)), float(np.max(centres + half))
    return ranges


def _solved(table: object, caltable: Path) -> dict[tuple[int, int], frozenset[int]]:
    # Ids and counts are converted to floats: the table tool cannot return the 64-bit integers of TaQL.
    counts = table.taql(  # type: ignore[attr-defined]
        "select 1.0 * FIELD_ID as FIELD, 1.0 * SPECTRAL_WINDOW_ID as SPW, 1.0 * ANTENNA1 as ANTENNA, "
        f"gsum(1.0 * nfalse(FLAG)) as GOOD from '{caltable}' groupby FIELD_ID, SPECTRAL_WINDOW_ID, ANTENNA1"
    )
    try:
        columns = [np.asarray(counts.getcol(name)) for name in ("FIELD", "SPW", "ANTENNA", "GOOD")]
    finally:
        counts.close()
    solved: dict[tuple[int, int], set[int]] = {}
    for field, spw, antenna, good in zip(*columns, strict=True):
        members = solved.setdefault((int(field), int(spw)), set())
        if good:
            members.add(int(antenna))
    return {key: frozenset(members) for key, members in solved.items()}
