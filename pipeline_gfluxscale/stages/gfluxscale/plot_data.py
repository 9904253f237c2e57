"""What the plots and the logic diagram of the WebLog need, small enough to be kept in the Results.

It is captured while the working copy is there (see `capture`); drawing reads no data again.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Solve:
    """The gaincal calls of one observation: the boxes of the logic diagram.

    Attributes
    ----------
    intent, field, field_id, spws, is_reference
        The observation; `intent` is empty for data without intents.
    phase_solint, phase_gaintype, phase_combine : str
        Parameters of the phase solve.
    phase_spwmap : tuple of int
        Spw whose phases serve each spw; empty for its own.
    phase_interp : str
    amplitude_solint : str
    antenna, uvrange : str
        Data selection of both solves; blank means all.
    solved : bool
        Whether the phase solve found anything.
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
    """The antennas and baselines used for a reference field; `antennas` is empty for all of them."""

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
        None where there is no solution.
    flagged : tuple of bool, shape (n,)
        Outliers, and where there is no solution.
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
    """Transmissions, and the precipitable water (mm) behind them; `pwv_source` says where that comes from."""

    pwv_mm: float
    pwv_source: str
    ranges: tuple[Transmission, ...] = ()


@dataclass(frozen=True)
class PlotData:
    """Everything the WebLog draws that is not a result in itself.

    Attributes
    ----------
    fields : dict of str to str
        Names of the calibrators by id.
    """

    fields: dict[str, str]
    solves: tuple[Solve, ...] = ()
    references: tuple[ReferenceSelection, ...] = ()
    reference_amplitudes: tuple[ReferenceAmplitudes, ...] = ()
    gains: GainHistory | None = None
    atmosphere: Atmosphere | None = None


def rounded(values: np.ndarray, digits: int = 5) -> tuple[float, ...]:
    """Round to significant digits, which keeps the saved results small."""
    return tuple(float(f"{value:.{digits}g}") for value in values)
