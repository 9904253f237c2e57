"""Complete sub-tables of a MeasurementSet in ALMA's form: PROCESSOR, FEED, SOURCE and OBSERVATION."""

from pathlib import Path

import numpy as np

from ..casa.tools import open_table
from .plan import SimulationPlan
from .spw_layout import lay_out

# Type and sub-type of each row, in the order of `detector_rows`.
_PROCESSORS = (
    ("CORRELATOR", "ALMA_CORRELATOR_MODE"),
    ("RADIOMETER", "ALMA_RADIOMETER"),
    ("RADIOMETER", "SQUARE_LAW_DETECTOR"),
)


def complete_subtables(vis: Path, plan: SimulationPlan) -> None:
    """Fill PROCESSOR, and add rows for each spw to FEED and SOURCE."""
    with open_table(vis / "PROCESSOR", write=True) as table:
        table.addrows(len(_PROCESSORS) - table.nrows())
        for row, (kind, detail) in enumerate(_PROCESSORS):
            table.putcell("TYPE", row, kind)
            table.putcell("SUB_TYPE", row, detail)
    spws = [spw.id for spw in lay_out(plan)]
    for name in ("FEED", "SOURCE"):
        _repeat_for_spws(vis / name, spws)


def divide_observations(vis: Path, plan: SimulationPlan) -> None:
    """Divide the scans among the plan's number of rows of OBSERVATION."""
    if plan.observation_rows == 1:
        return
    with open_table(vis, write=True) as table:
        scan, time = table.getcol("SCAN_NUMBER"), table.getcol("TIME")
        edges = np.linspace(1, len(plan.scans) + 1, plan.observation_rows + 1)
        observation = np.searchsorted(edges[1:-1], scan, side="right").astype(np.int32)
        table.putcol("OBSERVATION_ID", observation)
    path = vis / "OBSERVATION"
    with open_table(path) as table:
        for _ in range(1, plan.observation_rows):
            table.copyrows(str(path), nrow=1)
    with open_table(path, write=True) as table:
        for row in range(plan.observation_rows):
            mine = time[observation == row]
            table.putcell("TIME_RANGE", row, [mine.min() - plan.integration, mine.max() + plan.integration])
            schedule = table.getcell("SCHEDULE", row)
            table.putcell("SCHEDULE", row, np.array([schedule[0], f"ExecBlock uid://A002/X1/X{3 + row:x}"]))


def _repeat_for_spws(path: Path, spws: list[int]) -> None:
    """Repeat the rows of a table, which are for all spws, for every spw."""
    with open_table(path) as table:
        count = table.nrows()
        for _ in spws[1:]:
            table.copyrows(str(path), nrow=count)
    with open_table(path, write=True) as table:
        table.putcol("SPECTRAL_WINDOW_ID", np.repeat(np.array(spws, dtype=np.int32), count))
