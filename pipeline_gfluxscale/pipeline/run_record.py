"""The record of the run of a stage on a MeasurementSet: the call, the software and the CASA commands."""

import platform
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from ..domain.measurementset import MeasurementSet
from .parameters import parameters_of

_PACKAGES = ("pipeline_gfluxscale", "casatools", "casatasks", "numpy", "scipy")


@dataclass(frozen=True)
class RunRecord:
    """The information with which a person can repeat the run of a stage on a MeasurementSet.

    Attributes
    ----------
    stage : int
        Number of the stage in the run.
    observed : float
        Start of the observation (MJD, s).
    telescope : str
        Name of the observatory.
    antennas : tuple of str
        Names.
    fields : dict of str to str
        Names of all fields by id.
    elevations : dict of str to float
        Mean elevation (degrees) of the scans of each field, by id.
    parameters : dict of str to str
        The parameters of the call, including defaults, as Python expressions.
    versions : dict of str to str
        Versions of Python and of the packages, by name.
    commands : tuple of str
        The CASA calls, as lines that can be pasted into CASA.
    """

    stage: int = 1
    observed: float = 0.0
    telescope: str = ""
    antennas: tuple[str, ...] = ()
    fields: dict[str, str] = field(default_factory=dict)
    elevations: dict[str, float] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    commands: tuple[str, ...] = ()

    @classmethod
    def of(cls, inputs: Any, commands: Sequence[str], vis: Path, ms: MeasurementSet | None) -> "RunRecord":
        """Return the record of a run that has ended.

        Parameters
        ----------
        inputs : dataclass
            The Inputs of the stage, which declare its parameters and have the context.
        commands : sequence of str
            The CASA calls.
        vis : Path
            The MeasurementSet, or the ASDM that it was to be made of.
        ms : MeasurementSet or None
            None if the data could not be read.
        """
        declared = parameters_of(type(inputs)).items()
        values = {"vis": str(vis)} | {name: each.typed(getattr(inputs, name)) for name, each in declared}
        record = cls(
            stage=max(1, inputs.context.stage),
            parameters={name: repr(value) for name, value in values.items()},
            versions=_versions(),
            commands=tuple(commands),
        )
        return record if ms is None else record._about(ms)

    def _about(self, ms: MeasurementSet) -> "RunRecord":
        """Return the record with what was observed."""
        return replace(
            self,
            observed=ms.start,
            telescope=ms.telescope,
            antennas=tuple(antenna.name for antenna in ms.antennas),
            fields={str(field.id): field.name for field in ms.fields},
            elevations=_elevations(ms),
        )


def _elevations(ms: MeasurementSet) -> dict[str, float]:
    """Return the mean elevation of each field (degrees); an empty dictionary for positions that are not on Earth."""
    from ..heuristics.geometry import elevation  # with erfa, which help texts do not wait for

    if ms.site is None:
        return {}
    elevations = {}
    for of_field in ms.fields:
        times = [(scan.start + scan.end) / 2 for scan in ms.scans if scan.field_id == of_field.id]
        if times:
            mean = np.mean(elevation(ms.site, of_field.ra, of_field.dec, times))
            elevations[str(of_field.id)] = float(np.degrees(mean))
    return elevations


def _versions() -> dict[str, str]:
    versions = {"Python": platform.python_version()}
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            from .._version import __version__

            versions[package] = __version__ if package == "pipeline_gfluxscale" else "unknown"
    return versions
