"""The data of the WebLog's plots and logic diagram, small enough to be stored in the results.

The package `evidence` collects them while the working copy exists; the WebLog reads no other data.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Solve:
    """The solves of one observation: the boxes of the logic diagram.

    Attributes
    ----------
    intent, field, field_id, spws, is_reference
        The observation; `intent` is empty for data without intents.
    phase_solint, phase_gaintype, phase_combine : str
        Parameters of the phase solve.
    phase_spwmap : tuple of int
        Spw whose phases are applied to each spw; empty if each spw uses its own phases.
    phase_interp : str
    amplitude_solint : str
    antenna, uvrange : str
        Data selection of both solves; blank means all.
    solved : bool
        Whether the phase solve has solutions.
    """

    intent: str
    field: str
    field_id: int
    spws: tuple[int, ...]
    is_reference: bool
    phase_solint: str
    phase_gaintype: str
    phase_combine: str
    phase_spwmap: tuple[int, ...]
    phase_interp: str
    amplitude_solint: str
    antenna: str = ""
    uvrange: str = ""
    solved: bool = True


@dataclass(frozen=True)
class ReferenceSelection:
    """The antennas and baselines that are used for a reference field.

    Attributes
    ----------
    field, field_id
        The reference field.
    antennas : tuple of str
        Names; empty for all antennas.
    uv_limit_m : float or None
        Longest baseline used (m); None for no limit.
    resolved : bool
        Whether the field was treated as resolved.
    message : str
        The reason for the choice.
    """

    field: str
    field_id: int
    antennas: tuple[str, ...]
    uv_limit_m: float | None
    resolved: bool
    message: str


@dataclass(frozen=True)
class ReferenceAmplitudes:
    """Calibrated amplitudes of a reference field in a spw, one point per baseline and scan.

    Attributes
    ----------
    uv_distance, amplitude : tuple of float, shape (n,)
        m and Jy.
    selected : tuple of bool, shape (n,)
        Whether the baseline was used for the flux scale.
    model_uv, model : tuple of float, shape (n_model,)
        The model's amplitudes (m, Jy), along the uv distance.
    decimated_from : int
        Number of points before some were left out.
    """

    field: str
    field_id: int
    spw: int
    baseband: int
    frequency_hz: float
    bandwidth_hz: float
    uv_distance: tuple[float, ...]
    amplitude: tuple[float, ...]
    selected: tuple[bool, ...]
    model_uv: tuple[float, ...]
    model: tuple[float, ...]
    decimated_from: int = 0


@dataclass(frozen=True)
class GainHistory:
    """Amplitude gains on the scale of the reference, one entry per solution.

    Attributes
    ----------
    antennas : tuple of str
        Names, by antenna id.
    antenna, field_id, spw : tuple of int, shape (n,)
    time : tuple of float, shape (n,)
        Seconds since `start`.
    amplitude : tuple of float or None, shape (n,)
        None if there is no solution.
    flagged : tuple of bool, shape (n,)
        True for outliers, and if there is no solution.
    start : float
        MJD, s.
    decimated_from : int
        Number of solutions before some were left out.
    """

    antennas: tuple[str, ...] = ()
    antenna: tuple[int, ...] = ()
    field_id: tuple[int, ...] = ()
    spw: tuple[int, ...] = ()
    time: tuple[float, ...] = ()
    amplitude: tuple[float | None, ...] = ()
    flagged: tuple[bool, ...] = ()
    start: float = 0.0
    decimated_from: int = 0


@dataclass(frozen=True)
class Transmission:
    """Transmission of the atmosphere at the zenith over a range of frequencies (Hz)."""

    frequency_hz: tuple[float, ...]
    transmission: tuple[float, ...]


@dataclass(frozen=True)
class Atmosphere:
    """Transmissions, and the precipitable water vapour (mm) for which they are computed.

    `pwv_source` names the instrument that measured the water vapour; it is empty for an assumed value.
    """

    pwv_mm: float
    pwv_source: str
    ranges: tuple[Transmission, ...] = ()


@dataclass(frozen=True)
class PlotData:
    """The data of the WebLog's plots, besides the results themselves.

    Attributes
    ----------
    fields : dict of str to str
        Names of the calibrators by id.
    solves : tuple of Solve
        One per observation.
    references : tuple of ReferenceSelection
        One per reference field.
    reference_amplitudes : tuple of ReferenceAmplitudes
        One per reference field and spw.
    gains : GainHistory or None
    atmosphere : Atmosphere or None
    """

    fields: dict[str, str]
    solves: tuple[Solve, ...] = ()
    references: tuple[ReferenceSelection, ...] = ()
    reference_amplitudes: tuple[ReferenceAmplitudes, ...] = ()
    gains: GainHistory | None = None
    atmosphere: Atmosphere | None = None


def rounded(values: np.ndarray, digits: int = 5) -> tuple[float, ...]:
    """Return values rounded to significant digits, so that the saved results are small."""
    return tuple(float(f"{value:.{digits}g}") for value in values)
