"""What the stages of a run share: the data, what was found out about them, their calibration, and the results."""

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
    """A MeasurementSet of the run and what the stages have found out about it.

    Attributes
    ----------
    ms : MeasurementSet
    reference_antennas : sequence of str
        Names, best first.
    reference_spwmap : sequence of int
        Spw whose reference solutions serve each spw; empty for none.
    spwmaps : mapping of (intent, field name) to SpwMap
        What hifa_spwphaseup found best for the phase solves.
    measurements : sequence of FluxMeasurement
        What hifa_gfluxscale measured.
    session : str
        The session that it was observed in; blank if that was not said.
    """

    ms: MeasurementSet
    reference_antennas: Sequence[str] = ()
    reference_spwmap: Sequence[int] = ()
    spwmaps: Mapping[tuple[str, str], SpwMap] = field(default_factory=dict)
    measurements: Sequence[FluxMeasurement] = ()
    session: str = ""


@dataclass(frozen=True)
class StageRecord:
    """What is kept of a stage that was run.

    Attributes
    ----------
    number : int
        Its place in the run, from 1.
    command : str
        Its name, such as ``'hifa_gfluxscale'``.
    parameters : mapping of str to basic types
        As they were given.
    qa : tuple of QAScore
        The scores of all MeasurementSets.
    results : mapping
        Its results as JSON-ready basic types.
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
        Working directory: every file of a run is written here.
    data : dict of str to ObservedData
        By name of the MeasurementSet, in order of import.
    calibration : tuple of CalApplication
        The call library: calibration made before, applied before every solve.
    stage : int
        Number of the present stage; the names of its files hold it.
    name : str
        What it is saved as, such as ``'pipeline-20261123T013000'``.
    records : tuple of StageRecord
        The stages that were run, in order.
    weblog : bool
        Whether the page of a stage is rendered as soon as it was run.
    plotlevel : str
        ``'summary'`` leaves out the plots of single spws.
    processing_intents : mapping of str to str
        What the run is for, as a processing request says it; for information.
    unreadable : mapping of str to str
        Why the data of other MeasurementSets of the call cannot be read, by name.
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
            raise InputError("vis", str(ms.path), f"{other.ms.path} has the same name, and names tell MSs apart")
        self.data[ms.name] = ObservedData(ms)
        return self.data[ms.name]

    def observed(self, vis: str | Path) -> ObservedData:
        """Return the data of a MeasurementSet, given by name or path."""
        name = Path(vis).name
        if name not in self.data:
            raise InputError("vis", str(vis), "not a MeasurementSet of this run", self.data)
        return self.data[name]

    @property
    def inputs(self) -> list[Path]:
        """The MeasurementSets and calibration tables of the run: only the stages write to them."""
        tables = [Path(table.gaintable) for each in self.calibration for table in each.tables]
        return [observed.ms.path for observed in self.data.values()] + tables

    def __repr__(self) -> str:
        # At the prompt, where all of it would fill the terminal.
        return f"<Context {self.name} in {self.output_dir}: {', '.join(self.data) or 'no data'}; stage {self.stage}>"

    def copy(self) -> "Context":
        """Return a copy to try something on."""
        return deepcopy(self)

    def become(self, other: "Context") -> None:
        """Take over the state of a copy that worked out."""
        vars(self).update(vars(other))
