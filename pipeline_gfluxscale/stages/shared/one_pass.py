"""Read the calibrators' data once, apply the prior calibration, average the channels, and write the working copy."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from ...averaging.channel_average import Average, Rows, average_channels
from ...averaging.jones import PriorCalibration, Setting
from ...casa.allocation import reusing_memory
from ...casa.point_models import spectra_of
from ...casa.tasks import log_command
from ...casa.tools import open_table
from ...casa.working_copy import append_rows, point_source
from ...system.ahead import ahead
from .batches import Batch, Exclusions, batches
from .parts import Part
from .prior_calibration import PriorTables


def append_in_one_pass(
    prior: PriorTables, averaged: Path, parts: Sequence[Part], exclusions: Exclusions | None = None
) -> None:
    """Append the averages of parts of a MeasurementSet to the working copy.

    Parameters
    ----------
    prior : PriorTables
        Reads the tables; it has the path of the MeasurementSet.
    averaged : Path
        MS made by `create_averaged`.
    parts : sequence of Part
        With tables that this package can apply.
    exclusions : Exclusions, optional
        Data to leave out besides the flagged data.
    """
    exclusions = exclusions or Exclusions()
    log_command("from pathlib import Path; from pipeline_gfluxscale.domain.calibration import CalTable")
    log_command("from pipeline_gfluxscale.casa.point_models import PointModel, StokesFlux")
    log_command("from pipeline_gfluxscale.stages.shared.one_pass import Part, PriorTables, append_in_one_pass")
    log_command(f"append_in_one_pass(PriorTables(Path({str(prior.vis)!r})), Path({str(averaged)!r}), {list(parts)!r})")
    with open_table(averaged, write=True) as target:
        for part in calibrated(prior, parts, exclusions):
            append_rows(target, part.columns, part.data, part.model, part.weight)


def calibrated(prior: PriorTables, parts: Sequence[Part], exclusions: Exclusions) -> Iterator["Calibrated"]:
    """Yield the parts of a MeasurementSet with their tables applied, averaged over the channels."""
    setups = prior.setups
    calibration = [prior.prepare(part.tables) for part in parts]
    spectra = spectra_of(prior.vis, [part.point for part in parts if part.point is not None])
    with reusing_memory():
        for batch in batches(prior.vis, setups, parts, exclusions.left_out):
            result = Calibrated(batch)
            pieces = [(piece, int(batch.part[piece[0]])) for piece in batch.pieces()]
            reads = [partial(batch.read, piece, parts[number], spectra) for piece, number in pieces]
            for (piece, number), visibilities in zip(pieces, ahead(reads), strict=True):
                rows = batch.rows_of(piece, visibilities, parts[number], exclusions)
                result.put(piece, _average(prior, batch, piece, rows, parts[number], calibration[number]))
            yield result


def _average(
    prior: PriorTables, batch: Batch, piece: np.ndarray, rows: Rows, part: Part, calibration: PriorCalibration
) -> Average:
    times = batch.integrations(piece)[0]
    data = Setting(
        spw=part.spw,
        field=part.field,
        observation=int(batch.columns["OBSERVATION_ID"][piece[0]]),
        times=times,
        frequency=prior.setups.frequency[batch.ddid],
        num_antennas=prior.setups.num_antennas,
        towards=prior.directions.at(part.field, times) if calibration.of_positions else None,
    )
    corrections = calibration.corrections(data) if calibration.applies_to(part.spw) else []
    return average_channels(rows, corrections)


class Calibrated:
    """The averages of a batch of rows.

    Attributes
    ----------
    part : ndarray of int, shape (n_row,)
        Index of the part that each row belongs to.
    columns : dict of str to ndarray
        The columns of `COPIED`; rows are the last axis.
    data, model : ndarray of complex64, shape (n_corr, n_row)
    weight : ndarray of float, shape (n_corr, n_row)
        Zero where everything is flagged.
    """

    def __init__(self, batch: Batch) -> None:
        self.part, self.columns, self.weight = batch.part, batch.columns, batch.weight.copy()
        self.data = np.zeros(self.weight.shape, np.complex64)
        self.model = np.empty_like(self.data)
        self.model[:] = point_source(len(self.model))[:, None]

    def put(self, piece: np.ndarray, average: Average) -> None:
        """Add the averages of a piece."""
        self.data[:, piece] = average.data.T
        self.weight[:, piece] *= average.gain2.T
        if average.model is not None:
            self.model[:, piece] = average.model.T
