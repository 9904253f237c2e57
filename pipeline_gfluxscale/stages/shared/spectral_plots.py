"""Plots of caltables with channels: one curve per antenna and polarisation."""

from collections.abc import Callable

import numpy as np

from ...casa.spectral_table import SpectralSolutions
from ...pipeline.exhibits import Curve, Plot

# Largest number of points of a curve: more cannot be seen on a screen, and would make the JSON large.
_MAX_POINTS = 128


def spectral_plot(
    solutions: SpectralSolutions, title: str, y_label: str, shown: Callable[[np.ndarray], np.ndarray]
) -> Plot:
    """Return a plot of solutions; for an antenna with solutions at several times, of their median.

    Parameters
    ----------
    solutions : SpectralSolutions
    title, y_label : str
    shown : callable
        Converts solutions to the real numbers to plot, such as `numpy.abs`.
    """
    n_pol, n_chan, _ = solutions.value.shape
    channels = np.linspace(0, n_chan - 1, min(_MAX_POINTS, n_chan)).round().astype(int)
    values = np.ma.masked_array(shown(solutions.value), solutions.flag)[:, channels]
    frequency = np.round(solutions.frequency[channels] / 1e9, 6).tolist()
    curves = []
    for name in dict.fromkeys(solutions.antennas):
        rows = [row for row, antenna in enumerate(solutions.antennas) if antenna == name]
        for polarisation in range(n_pol):
            curve = np.ma.median(values[polarisation][:, rows], axis=1)
            if curve.count():
                y = np.round(curve.filled(np.nan), 5).tolist()
                curves.append(Curve(name, frequency, y, group=f"polarisation {polarisation + 1}"))
    return Plot(title, "Frequency (GHz)", y_label, tuple(curves))
