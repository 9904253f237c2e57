"""Write metadata of ALMA's MeasurementSets that CASA's simulator does not write, and that programs expect."""

from pathlib import Path

import numpy as np

from ..casa.tools import open_table

# Columns of directions, and the columns with their reference frames.
_FRAMES = {"PHASE_DIR": "PhaseDir_Ref", "DELAY_DIR": "DelayDir_Ref", "REFERENCE_DIR": "RefDir_Ref"}
# casacore's reference frames of directions in the order of their codes: CASA's setjy uses a code as index of this list.
_TYPES = (
    "J2000", "JMEAN", "JTRUE", "APP", "B1950", "B1950_VLA", "BMEAN", "BTRUE", "GALACTIC", "HADEC", "AZEL", "AZELSW",
    "AZELGEO", "AZELSWGEO", "JNAT", "ECLIPTIC", "MECLIPTIC", "TECLIPTIC", "SUPERGAL", "ITRF", "TOPO", "ICRS",
)  # fmt: skip
_ENTITIES = ("SchedulingBlock uid://A002/X1/X2", "ExecBlock uid://A002/X1/X3")


def frame_code(frame: str) -> int:
    """Return the code of a reference frame of directions, such as ``'ICRS'``."""
    return _TYPES.index(frame)


def complete_metadata(vis: Path) -> None:
    """Write the reference frame of each field, and the times and identifiers of the observation.

    Parameters
    ----------
    vis : Path
        A MeasurementSet of CASA's simulator.
    """
    with open_table(vis / "FIELD", write=True) as table:
        for directions, frames in _FRAMES.items():
            table.addcols({frames: {"valueType": "int", "option": 0, "maxlen": 0, "comment": "Frame"}})
            table.putcol(frames, np.full(table.nrows(), frame_code("J2000"), dtype=np.int32))
            keywords = table.getcolkeywords(directions)
            keywords["MEASINFO"] = {
                "type": "direction",
                "VarRefCol": frames,
                "TabRefTypes": np.array(_TYPES),
                "TabRefCodes": np.arange(len(_TYPES), dtype=np.uint64),
            }
            table.putcolkeywords(directions, keywords)
    with open_table(vis) as table:
        times, exposure = table.getcol("TIME"), float(table.getcell("EXPOSURE", 0))
    with open_table(vis / "OBSERVATION", write=True) as table:
        table.putcell("TIME_RANGE", 0, np.array([times.min() - exposure / 2, times.max() + exposure / 2]))
        table.putcell("PROJECT", 0, "uid://A002/X1/X1")
        table.putcell("SCHEDULE_TYPE", 0, "ALMA")
        table.putcell("SCHEDULE", 0, np.array(_ENTITIES))
        table.putcell("LOG", 0, np.array([""]))
