"""Count flagged visibilities."""

import numpy as np

from ..domain.measurementset import MeasurementSet
from .tools import open_table


def unflagged_fraction(ms: MeasurementSet, field_ids: list[int], spw_ids: list[int]) -> np.ndarray:
    """Return the unflagged fraction of each antenna's cross-correlations.

    Parameters
    ----------
    ms : MeasurementSet
    field_ids, spw_ids : list of int
        The data to count.

    Returns
    -------
    ndarray, shape (n_ant,)
        From 0 (all flagged, or no data) to 1; indexed by antenna id.
    """
    good, total = np.zeros((2, len(ms.antennas)))
    # Counts and ids are converted to floats: the table tool cannot return the 64-bit integers of TaQL.
    taql = (
        "select 1.0 * ANTENNA1 as A1, 1.0 * ANTENNA2 as A2, gsum(1.0 * iif(FLAG_ROW, 0, nfalse(FLAG))) as GOOD, "
        "gsum(1.0 * nelements(FLAG)) as TOTAL "
        f"from '{ms.path}' where ANTENNA1 != ANTENNA2 and FIELD_ID in {field_ids} and DATA_DESC_ID in "
        f"[select rowid() from '{ms.path}::DATA_DESCRIPTION' where SPECTRAL_WINDOW_ID in {spw_ids}] "
        "groupby ANTENNA1, ANTENNA2"
    )
    with open_table(ms.path) as table:
        result = table.taql(taql)
        try:
            if result.nrows():
                for column in ("A1", "A2"):
                    antenna = result.getcol(column).astype(int)
                    np.add.at(good, antenna, result.getcol("GOOD"))
                    np.add.at(total, antenna, result.getcol("TOTAL"))
        finally:
            result.close()
    return np.divide(good, total, out=np.zeros_like(good), where=total > 0)
