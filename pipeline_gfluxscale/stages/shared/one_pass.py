"""Read the calibrators' data once, apply the prior calibration, average the channels, and write the working copy."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...averaging.channel_average import Average, average_channels
from ...averaging.jones import PriorCalibration, Setting
from ...casa.allocation import reusing_memory
from ...casa.ms_reader import Setups, read_setups
from ...casa.tasks import log_command
from ...casa.tools import open_table
from ...casa.working_copy import append_rows, point_source
from .batches import Batch, Exclusions, batches
from .parts import Part
from .prior_calibration import PriorTables


def append_in_one_pass(vis: Path, averaged: Path, parts: Sequence[Part], exclusions: Exclusions | None = None) -> None:
    """Append the averages of parts of a MeasurementSet to the working copy.

    Parameters
    ----------
    vis : Path
    averaged : Path
        MS made by `create_averaged`.
    parts : sequence of Part
        With tables that this package can apply.
    exclusions : Exclusions, optional
        Data to leave out besides the flagged data.
    """
    exclusions = exclusions or Exclusions()
    log_command("from pathlib import Path; from pipeline_gfluxscale.domain.calibration import CalTable")
    log_command("from pipeline_gfluxscale.stages.shared.one_pass import Part, append_in_one_pass")
    log_command(f"append_in_one_pass(Path({str(vis)!r}), Path({str(averaged)!r}), {list(parts)!r})")
    setups = read_setups(vis)
    prior = PriorTables(vis, setups)
    calibration = [prior.prepare(part.tables) for part in parts]
    with reusing_memory(), open_table(averaged, write=True) as target:
        for batch in batches(vis, setups, parts, exclusions.left_out):
            result = _Result(batch)
            for piece in batch.pieces():
                number = int(batch.part[piece[0]])
                result.put(piece, _average(batch, piece, parts[number], calibration[number], setups, exclusions))
            result.append_to(target)


def _average(
    batch: Batch, piece: np.ndarray, part: Part, calibration: PriorCalibration, setups: Setups, exclusions: Exclusions
) -> Average:
    data = Setting(
        spw=part.spw,
        field=part.field,
        observation=int(batch.columns["OBSERVATION_ID"][piece[0]]),
        times=np.unique(batch.columns["TIME"][piece]),
        frequency=setups.frequency[batch.ddid],
        num_antennas=setups.num_antennas,
    )
    corrections = calibration.corrections(data) if calibration.applies_to(part.spw) else []
    return average_channels(batch.read(piece, part, exclusions), corrections)


class _Result:
    """The averages of a batch."""

    def __init__(self, batch: Batch) -> None:
        self._columns, self._weight = batch.columns, batch.weight.copy()
        self._data = np.zeros(self._weight.shape, np.complex64)
        self._model = np.empty_like(self._data)
        self._model[:] = point_source(len(self._model))[:, None]

    def put(self, piece: np.ndarray, average: Average) -> None:
        """Add the averages of a piece."""
        self._data[:, piece] = average.data.T
        self._weight[:, piece] *= average.gain2.T
        if average.model is not None:
            self._model[:, piece] = average.model.T

    def append_to(self, target: object) -> None:
        """Append the rows to the open working copy."""
        append_rows(target, self._columns, self._data, self._model, self._weight)
