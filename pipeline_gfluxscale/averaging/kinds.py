"""The types of calibration tables that this package can apply, and what the solutions of each do to visibilities."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import erfa
import numpy as np

Elements = tuple[np.ndarray, np.ndarray]
"""Factors of complex64 and where they are valid, shape (n_state, n_ant, n_el, n_chan)."""


@dataclass(frozen=True)
class Interpolated:
    """Solutions at the times and frequencies of the data.

    Attributes
    ----------
    amplitude : ndarray of float32, shape (n_state, n_ant, n_par, n_chan)
        The solutions themselves if they are not complex.
    phase : ndarray of float32, of the same shape, or None
        rad; None for solutions that are not complex.
    flag : ndarray of bool, of the same shape
        True also where an antenna has no solution.
    """

    amplitude: np.ndarray
    phase: np.ndarray | None
    flag: np.ndarray


@dataclass(frozen=True)
class Circumstances:
    """What the effect of a solution may depend on, besides the solution.

    Attributes
    ----------
    frequency : ndarray of float, shape (n_chan,)
        Hz.
    pivot : float
        Frequency (Hz) at which a delay changes no phase.
    towards : ndarray of float, shape (n_state, 3), or None
        Unit vectors to the phase centre, in the frame of the antennas' positions; None if no table needs them.
    """

    frequency: np.ndarray
    pivot: float
    towards: np.ndarray | None = None


@dataclass(frozen=True)
class Kind:
    """A type of calibration table.

    Attributes
    ----------
    elements : callable
        Computes factors and flags.
    by_channel : bool
        Whether a table may have one solution for each channel.
    is_complex : bool
        Whether the solutions are complex.
    of_positions : bool
        Whether the effect depends on the direction of the source, and no spw has solutions of its own.
    """

    elements: Callable[[Interpolated, Circumstances], Elements]
    by_channel: bool = False
    is_complex: bool = True
    of_positions: bool = False


def _gains(solutions: Interpolated, _: Circumstances) -> Elements:
    """Divide by the gains; a gain of zero counts as flagged."""
    amplitude, phase = solutions.amplitude, solutions.phase
    assert phase is not None
    ok = ~solutions.flag & (amplitude > 0)
    inverse = np.divide(1, amplitude, out=np.ones_like(amplitude), where=ok)
    factor = inverse * np.exp(-1j * phase.astype(np.float64))
    return np.where(ok, factor, 1).astype(np.complex64), ok


def _system_temperatures(solutions: Interpolated, _: Circumstances) -> Elements:
    """Multiply correlation coefficients with the geometric mean of the antennas' system temperatures.

    Without a temperature there is no solution. CASA takes 0 K for a temperature, and so averages zeros.
    """
    temperature = solutions.amplitude
    ok = ~solutions.flag & (temperature > 0)
    return np.where(ok, np.sqrt(np.maximum(temperature, 0)), 1).astype(np.complex64), ok


def _delays(solutions: Interpolated, at: Circumstances) -> Elements:
    """Turn delays (ns) into phases."""
    turns = solutions.amplitude.astype(np.float64) * ((at.frequency - at.pivot) / 1e9)
    ok = np.broadcast_to(~solutions.flag, turns.shape)
    return np.where(ok, np.exp(-2j * np.pi * turns), 1).astype(np.complex64), ok


def _positions(solutions: Interpolated, at: Circumstances) -> Elements:
    """Turn errors of the antennas' positions (m) into phases.

    Like CASA, apply flagged solutions too, and correct nothing for an antenna without solutions.
    """
    assert at.towards is not None
    offset = solutions.amplitude[..., 0].astype(np.float64)  # (n_state, n_ant, 3)
    path = np.einsum("sax,sx->sa", offset, at.towards)
    turns = path[..., None, None] * (at.frequency / erfa.CMPS)
    return np.exp(-2j * np.pi * turns).astype(np.complex64), np.ones(turns.shape, dtype=bool)


KINDS: Mapping[str, Kind] = {
    "G Jones": Kind(_gains),
    "T Jones": Kind(_gains),
    "B Jones": Kind(_gains, by_channel=True),
    "B TSYS": Kind(_system_temperatures, by_channel=True, is_complex=False),
    "K Jones": Kind(_delays, is_complex=False),
    "KAntPos Jones": Kind(_positions, is_complex=False, of_positions=True),
}
"""The types that this package can apply, by CASA's names."""
