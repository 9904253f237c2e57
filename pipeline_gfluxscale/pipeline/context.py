"""The state of a run, which its stages share: the data, their properties and calibration, and the results."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..domain.calibration import CalApplication
from ..domain.flux import FluxMeasurement
from ..domain.measurementset import MeasurementSet
from ..domain.qa import QAScore
from ..domain.spwmap import SpwMap
from ..errors import InputError


@dataclass
class ObservedData:
    """A MeasurementSet of the run, and the results of the stages that later stages use.

    Attributes
    ----------
    ms : MeasurementSet
    reference_antennas : sequence of str
        Names, best first.
    reference_spwmap : sequence of int
        Spw whose reference solutions scale each spw; empty if each spw is scaled by itself.
    spwmaps : mapping of (intent, field name) to SpwMap
        The parameters of phase solves that hifa_spwphaseup has chosen.
    measurements : sequence of FluxMeasurement
        The flux densities of hifa_gfluxscale.
    session : str
        The session of the observation; blank if it is not known.
    """

    ms: MeasurementSet
    reference_antennas: Sequence[str] = ()
    reference_spwmap: Sequence[int] = ()
    spwmaps: Mapping[tuple[str, str], SpwMap] = field(default_factory=dict)
    measurements: Sequence[FluxMeasurement] = ()
    session: str = ""


@dataclass(frozen=True)
class StageRecord:
    """The record of a stage that was run.

    Attributes
    ----------
    number : int
        Number of the stage in the run, from 1.
    command : str
        Name of the stage, such as ``'hifa_gfluxscale'``.
    parameters : mapping of str to basic types
        The parameters of the call.
    qa : tuple of QAScore
        The scores of all MeasurementSets.
    results : mapping
        The results as JSON-ready basic types.
    """

    number: int
    command: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    qa: tuple[QAScore, ...] = ()
    results: Mapping[str, Any] = field(default_factory=dict)


@dataclass(repr=False)
class Context:
    """The state of a run.

    Attributes
    ----------
    output_dir : Path
        Working directory, to which all files of a run are written.
    data : dict of str to ObservedData
        By name of the MeasurementSet, in order of import.
    calibration : tuple of CalApplication
        The call library: calibration that is applied before every solve.
    stage : int
        Number of the present stage, which the names of its files contain.
    name : str
        Name for the file of the saved context, such as ``'pipeline-20261123T013000-4711'``.
    records : tuple of StageRecord
        The stages that were run, in order.
    weblog : bool
        Whether the page of a stage is rendered as soon as the stage has run.
    plotlevel : str
        ``'summary'`` leaves out the plots of single spws.
    processing_intents : mapping of str to str
        The purpose of the run according to its processing request; for information only.
    unreadable : mapping of str to str
        MeasurementSets of the call whose data cannot be read, by name, and the reasons.
    """

    output_dir: Path
    data: dict[str, ObservedData] = field(default_factory=dict)
    calibration: tuple[CalApplication, ...] = ()
    stage: int = 0
    name: str = ""
    records: tuple[StageRecord, ...] = ()
    weblog: bool = True
    plotlevel: str = "default"
    processing_intents: Mapping[str, str] = field(default_factory=dict)
    unreadable: Mapping[str, str] = field(default_factory=dict)

    def add(self, ms: MeasurementSet) -> ObservedData:
        """Add an imported MeasurementSet."""
        other = self.data.get(ms.name)
        if other is not None and other.ms.path != ms.path:
            raise InputError("vis", str(ms.path), f"{other.ms.path} has the same name, and names of MSs have to differ")
        self.data[ms.name] = ObservedData(ms)
        return self.data[ms.name]

    def observed(self, vis: str | Path) -> ObservedData:
        """Return the data of the MeasurementSet with this name or path."""
        name = Path(vis).name
        if name not in self.data:
            raise InputError("vis", str(vis), "not a MeasurementSet of this run", self.data)
        return self.data[name]

    @property
    def inputs(self) -> list[Path]:
        """The MeasurementSets and calibration tables of the run, which no file of the run may replace."""
        tables = [Path(table.gaintable) for application in self.calibration for table in application.tables]
        return [observed.ms.path for observed in self.data.values()] + tables

    def __repr__(self) -> str:
        # Short, as the prompt shows it.
        return f"<Context {self.name} in {self.output_dir}: {', '.join(self.data) or 'no data'}; stage {self.stage}>"

    def copy(self) -> "Context":
        """Return a copy, on which a stage can work without changing this context."""
        return deepcopy(self)

    def become(self, other: "Context") -> None:
        """Replace the state by the state of a copy, after a stage has succeeded on it."""
        vars(self).update(vars(other))
