"""The amplitude gains over time, on the scale of the reference, for the plots of the page."""

import math
from collections.abc import Sequence

import numpy as np

from ....casa.caltable import Gains, read_gains
from ....domain.measurementset import MeasurementSet
from ..plot_data import GainHistory, rounded
from ..steps.selection import Selection
from ..steps.solve import Solutions
from ..steps.transfer import Transfer

MAX_SOLUTIONS = 12_000
"""Largest number of solutions in the gain plots of one MeasurementSet; outliers are shown in addition."""


def scaled_gains(solutions: Solutions, selection: Selection, transferred: Transfer) -> Gains:
    """Return the amplitude gains on the flux scale of the reference, without fields that have no flux density.

    The gains of a transfer field were solved for with a model of 1 Jy: they are divided by the square root of its flux
    density.
    """
    assert solutions.amplitudes is not None
    gains = read_gains(solutions.amplitudes)
    scale = _scale_of(gains.field, gains.spw, selection, transferred)
    gains = gains.select(np.isfinite(scale))
    gains.gain[:] = gains.gain * scale[np.isfinite(scale)]
    return gains


def gain_history(
    ms: MeasurementSet, gains: Gains, solutions: Solutions, selection: Selection, transferred: Transfer
) -> GainHistory:
    """Return the gains over time, with the outliers.

    Parameters
    ----------
    ms : MeasurementSet
    gains : Gains
        From `scaled_gains`.
    solutions : Solutions
    selection : Selection
    transferred : Transfer
    """
    outliers = solutions.outliers
    scale = _scale_of([o.field_id for o in outliers], [o.spw for o in outliers], selection, transferred)
    # The row of an outlier in the table has the flagged solution of the last solve. `Outlier.amplitude` is the solution
    # of the solve in which the outlier was found.
    amplitude = np.where(gains.good, gains.amplitude, np.nan)
    for outlier, factor in zip(outliers, scale, strict=True):
        row = np.flatnonzero(
            (gains.antenna == outlier.antenna) & (gains.field == outlier.field_id) & (gains.spw == outlier.spw)
            & (np.abs(gains.time - outlier.time) < 0.5) & ~gains.good
        )  # fmt: skip
        amplitude[row] = outlier.amplitude * factor
    order = np.lexsort((gains.spw, gains.time, gains.antenna))
    step = max(1, -(-order.size // MAX_SOLUTIONS))
    if step > 1:  # decimate, but keep all outliers
        outlying = ~gains.good[order] & np.isfinite(amplitude[order])
        order = order[outlying | (np.arange(order.size) % step == 0)]
    return GainHistory(
        antennas=tuple(antenna.name for antenna in ms.antennas),
        antenna=tuple(gains.antenna[order].tolist()),
        field_id=tuple(gains.field[order].tolist()),
        spw=tuple(gains.spw[order].tolist()),
        time=tuple(np.round(gains.time[order] - ms.start, 2).tolist()),
        amplitude=tuple(None if math.isnan(a) else a for a in rounded(amplitude[order])),
        flagged=tuple((~gains.good[order]).tolist()),
        start=ms.start,
        decimated_from=int(gains.antenna.size),
    )


def _scale_of(
    fields: Sequence[int] | np.ndarray, spws: Sequence[int] | np.ndarray, selection: Selection, transferred: Transfer
) -> np.ndarray:
    references = {field.id for field in selection.reference}
    scale = np.full(len(fields), np.nan)
    for i, (field_id, spw) in enumerate(zip(fields, spws, strict=True)):
        flux = transferred.fluxes.get((int(field_id), int(spw)))
        if int(field_id) in references:
            scale[i] = 1.0
        elif flux is not None:
            scale[i] = flux.stokes.I**-0.5
    return scale
