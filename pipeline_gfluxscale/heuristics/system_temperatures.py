"""Choose the system temperatures that calibrate each spw and field."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from ..domain.measurementset import Field, SpectralWindow

FAR_DEGREES = 10.0
"""Greatest distance (degrees) of a field whose system temperatures can be used: phase calibrators and check sources use
the ones of a nearby target. In a more distant direction the atmosphere is too different."""


def tsys_spw_map(
    spws: Sequence[SpectralWindow], measured: Collection[int], tolerance_channels: float = 1.0
) -> dict[int, int]:
    """Return the spw whose system temperatures calibrate each spw.

    A spw with its own system temperatures uses them. Otherwise a spw of the same baseband that covers its frequencies
    is used; if there are several, the one with the nearest centre.

    Parameters
    ----------
    spws : sequence of SpectralWindow
        All spws of the MeasurementSet.
    measured : collection of int
        Ids of the spws that have system temperatures.
    tolerance_channels : float
        Number of channels of the measured spw that may be missing at each end of the range.

    Returns
    -------
    dict of int to int
        The spws for which there are no system temperatures are left out.
    """
    candidates = [spw for spw in spws if spw.id in measured]
    source_of = {}
    for spw in spws:
        fitting = [source for source in candidates if _covers(source, spw, tolerance_channels)]
        if fitting:
            source_of[spw.id] = min(
                fitting,
                key=lambda source, spw=spw: (  # type: ignore[misc]
                    source.id != spw.id,
                    abs(source.mean_frequency - spw.mean_frequency),
                    source.id,
                ),
            ).id
    return source_of


def _covers(measured: SpectralWindow, spw: SpectralWindow, tolerance_channels: float) -> bool:
    margin = tolerance_channels * (measured.max_frequency - measured.min_frequency) / measured.num_channels
    return (
        measured.baseband == spw.baseband
        and spw.min_frequency >= measured.min_frequency - margin
        and spw.max_frequency <= measured.max_frequency + margin
    )


def tsys_fields(fields: Sequence[Field], measured: Mapping[int, Collection[int]], spw: int) -> dict[int, int]:
    """Return the field whose system temperatures calibrate each field in a spw: itself, or the nearest one on the sky.

    Parameters
    ----------
    fields : sequence of Field
    measured : mapping of int to collection of int
        By field id: the spws in which the system temperatures of the field were measured.
    spw : int
        A spw with system temperatures.

    Returns
    -------
    dict of int to int
        Field ids; empty if no system temperatures were measured in this spw.
    """
    sources = [field for field in fields if spw in measured.get(field.id, ())]
    if not sources:
        return {}
    return {
        field.id: min(
            sources,
            key=lambda source, field=field: (  # type: ignore[misc]
                source.id != field.id,
                angular_distance(source, field),
                source.id,
            ),
        ).id
        for field in fields
    }


def angular_distance(one: Field, other: Field) -> float:
    """Return the angle between the directions of two fields (rad); Vincenty's formula is accurate at all distances."""
    d_ra = one.ra - other.ra
    sin1, cos1, sin2, cos2 = np.sin(one.dec), np.cos(one.dec), np.sin(other.dec), np.cos(other.dec)
    across = np.hypot(cos2 * np.sin(d_ra), cos1 * sin2 - sin1 * cos2 * np.cos(d_ra))
    return float(np.arctan2(across, sin1 * sin2 + cos1 * cos2 * np.cos(d_ra)))
