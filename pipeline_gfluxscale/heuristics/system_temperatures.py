"""Which system temperatures calibrate which data."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from ..domain.measurementset import Field, SpectralWindow

FAR_DEGREES = 10.0
"""Phase calibrators and check sources use those of a target nearby. Further away the atmosphere is too different."""


def tsys_spw_map(
    spws: Sequence[SpectralWindow], measured: Collection[int], tolerance_channels: float = 1.0
) -> dict[int, int]:
    """Return the spw whose system temperatures calibrate each spw.

    It is one of the same baseband that covers the spw's frequencies; a spw that has system temperatures of its own has
    these, and of several the one whose centre is the nearest is taken.

    Parameters
    ----------
    spws : sequence of SpectralWindow
        All spws of the MeasurementSet.
    measured : collection of int
        Ids of the spws that have system temperatures.
    tolerance_channels : float
        Channels of the measured spw by which its range may fall short at each end.

    Returns
    -------
    dict of int to int
        Without the spws for which there are no system temperatures.
    """
    candidates = [spw for spw in spws if spw.id in measured]
    found = {}
    for spw in spws:
        fitting = [each for each in candidates if _covers(each, spw, tolerance_channels)]
        if fitting:
            found[spw.id] = min(
                fitting,
                key=lambda each, spw=spw: (  # type: ignore[misc]
                    each.id != spw.id,
                    abs(each.mean_frequency - spw.mean_frequency),
                    each.id,
                ),
            ).id
    return found


def _covers(measured: SpectralWindow, spw: SpectralWindow, tolerance_channels: float) -> bool:
    margin = tolerance_channels * (measured.max_frequency - measured.min_frequency) / measured.num_channels
    return (
        measured.baseband == spw.baseband
        and spw.min_frequency >= measured.min_frequency - margin
        and spw.max_frequency <= measured.max_frequency + margin
    )


def tsys_fields(fields: Sequence[Field], measured: Mapping[int, Collection[int]], spw: int) -> dict[int, int]:
    """Return the field whose system temperatures calibrate each field in a spw: its own, else the nearest on the sky's.

    Parameters
    ----------
    fields : sequence of Field
    measured : mapping of int to collection of int
        By field id: the spws in which its system temperatures were measured.
    spw : int
        A spw with system temperatures.

    Returns
    -------
    dict of int to int
        Field ids; empty if nobody's were measured in this spw.
    """
    sources = [field for field in fields if spw in measured.get(field.id, ())]
    if not sources:
        return {}
    return {
        field.id: min(
            sources,
            key=lambda each, field=field: (each.id != field.id, angular_distance(each, field), each.id),  # type: ignore[misc]
        ).id
        for field in fields
    }


def angular_distance(one: Field, other: Field) -> float:
    """Return the angle between the directions of two fields (rad), right at any distance (Vincenty's formula)."""
    d_ra = one.ra - other.ra
    sin1, cos1, sin2, cos2 = np.sin(one.dec), np.cos(one.dec), np.sin(other.dec), np.cos(other.dec)
    across = np.hypot(cos2 * np.sin(d_ra), cos1 * sin2 - sin1 * cos2 * np.cos(d_ra))
    return float(np.arctan2(across, sin1 * sin2 + cos1 * cos2 * np.cos(d_ra)))
