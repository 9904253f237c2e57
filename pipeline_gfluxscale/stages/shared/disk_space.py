"""Check that the disk has space for the working copy, and for MODEL_DATA if the MeasurementSet has none."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from ...casa import models
from ...domain.measurementset import MeasurementSet
from ...domain.observation import Observation
from ...errors import NotEnoughDiskSpaceError

# Bytes of a row of the working copy (ids, times, uvw), and of a correlation (data, model, flag, weight, sigma). Both
# are doubled, for the averages that CASA makes if this package cannot apply a table.
_ROW_BYTES, _CORRELATION_BYTES = 2 * 200, 2 * 32
_MODEL_BYTES = 8  # complex64
_SUBTABLES_BYTES = 50_000_000


def check_space(ms: MeasurementSet, observations: Sequence[Observation], output_dir: Path) -> None:
    """Raise an error unless there is space for the working copy in `output_dir`, and for models in the MeasurementSet.

    Parameters
    ----------
    ms : MeasurementSet
    observations : sequence of Observation
        The data to copy.
    output_dir : Path
        Working directory.

    Raises
    ------
    NotEnoughDiskSpaceError
        If there is too little space; the message has the directory, the free space and the space needed.
    """
    copy = _copied_bytes(ms, observations) + _SUBTABLES_BYTES
    has_models = models.has_model_column(ms.path) or models.fields_with_virtual_model(ms.path)
    column = 0 if has_models else _MODEL_BYTES * _all_visibilities(ms)
    if output_dir.stat().st_dev == ms.path.stat().st_dev:
        _require(output_dir, copy + column, f"the working copy and the models of {ms.name}")
    else:
        _require(output_dir, copy, f"the working copy of {ms.name}")
        _require(ms.path, column, "its models")


def _require(directory: Path, needed: int, what: str) -> None:
    free = shutil.disk_usage(directory).free
    if free < needed:
        raise NotEnoughDiskSpaceError(
            f"{directory} has {free / 1e9:.2f} GB free, and {what} may need {needed / 1e9:.2f} GB"
        )


def _copied_bytes(ms: MeasurementSet, observations: Sequence[Observation]) -> int:
    integrations = {(scan.id, scan.field_id): scan.num_integrations for scan in ms.scans}
    return sum(
        integrations.get((scan, o.field.id), 0)
        * ms.max_baselines
        * (_ROW_BYTES + _CORRELATION_BYTES * max(1, len(ms.spw(spw).correlations)))
        for o in observations
        for scan in o.scans
        for spw in o.spws
    )


def _all_visibilities(ms: MeasurementSet) -> int:
    return sum(
        scan.num_integrations * _visibilities_of_integration(ms, spw) for scan in ms.scans for spw in scan.spw_ids
    )


def _visibilities_of_integration(ms: MeasurementSet, spw_id: int) -> int:
    spw = ms.spw(spw_id)
    return ms.max_baselines * spw.num_channels * max(1, len(spw.correlations))
