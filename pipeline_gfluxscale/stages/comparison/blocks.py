"""The flux densities of an execution block, for the comparison with other blocks."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite

import numpy as np

from ...casa.solar_system import is_solar_system_object
from ...domain.dates import utc
from ...domain.flux import CalibratedFlux, FluxMeasurement
from ...domain.qa import QAScore
from ...domain.reference import ReferenceFlux
from ...heuristics.block_scores import stated_accuracy

# Relative error of a flux density whose error is not known; it is large, so that the flux density has little weight.
_UNKNOWN_ERROR = 0.1

# MJD (s) of the year 10000, which Python's dates cannot represent.
_LATEST = 2.57e11


@dataclass(frozen=True)
class ExecutionBlock:
    """The flux densities of an execution block.

    Attributes
    ----------
    vis : str
        Name of the MeasurementSet.
    start : float
        MJD, s; 0 if that is not known.
    measurements : tuple of FluxMeasurement
    qa : tuple of QAScore
        The scores of the block, which may explain a deviation.
    references : tuple of ReferenceFlux
        The flux densities of the block's reference calibrators.
    findings : tuple of str
        Other findings that may explain a deviation.
    """

    vis: str
    start: float
    measurements: tuple[FluxMeasurement, ...]
    qa: tuple[QAScore, ...] = ()
    references: tuple[ReferenceFlux, ...] = ()
    findings: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        vis: str,
        start: float,
        measurements: Iterable[FluxMeasurement],
        qa: Iterable[QAScore] = (),
        references: Iterable[ReferenceFlux] = (),
        findings: Iterable[str] = (),
    ) -> "ExecutionBlock":
        """Return a block with the measurements that can be compared with other blocks.

        Adopted flux densities are left out, as they were measured in other blocks. Solar-system objects are left out,
        as their flux densities change with the distance.
        """
        own = tuple(m for m in measurements if _is_own(m))
        scores = tuple(score for score in qa if score.metric != "block_agreement")
        return cls(vis, start if 0 < start < _LATEST else 0.0, own, scores, tuple(references), tuple(findings))

    @property
    def label(self) -> str:
        """Name and start, which distinguish it from another block of the same name."""
        return f"{self.vis} {utc(self.start):%Y-%m-%d %H:%M}" if self.start else self.vis

    @property
    def start_iso(self) -> str:
        """Start as ISO 8601 in UTC; blank if that is not known."""
        return f"{utc(self.start):%Y-%m-%dT%H:%M:%SZ}" if self.start else ""

    @property
    def reference_error(self) -> float:
        """Relative error of the flux density of the block's reference: the accuracy that ALMA states."""
        return stated_accuracy(self.frequency_hz)

    @property
    def frequency_hz(self) -> float:
        """Mean frequency of the measurements (Hz)."""
        return float(np.mean([m.frequency_hz for m in self.measurements]))


def _is_own(m: FluxMeasurement) -> bool:
    """Return whether a flux density was measured in the block, and is comparable with measurements of other days."""
    if m.calibrated is None or m.adopted_from or is_solar_system_object(m.field):
        return False
    return all(isfinite(value) and value > 0 for value in (m.calibrated.stokes.I, m.frequency_hz))


def relative_errors(flux: CalibratedFlux) -> tuple[float, float]:
    """Return the relative error that is independent from spw to spw, and the error that all spws have in common."""
    if flux.total_uncertainty > 0 and isfinite(flux.total_uncertainty) and isfinite(flux.shared_uncertainty):
        return flux.own_uncertainty / flux.stokes.I, abs(flux.shared_uncertainty) / flux.stokes.I
    is_known = flux.uncertainty > 0 and isfinite(flux.uncertainty)
    return (flux.uncertainty / flux.stokes.I if is_known else _UNKNOWN_ERROR), 0.0
