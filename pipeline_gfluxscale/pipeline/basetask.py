"""The base classes of the Task and the Results of every stage."""

import copy
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar

from ..domain.json_shape import in_json, named
from ..domain.qa import QAScore
from ..files.typed_json import encode
from .context import Context
from .exhibits import Exhibit
from .run_record import RunRecord
from .stage_inputs import StageInputs

if TYPE_CHECKING:
    from rich.console import RenderableType

LOG = logging.getLogger(__name__)

InputsT = TypeVar("InputsT", bound=StageInputs)
ResultsT = TypeVar("ResultsT", bound="Results")


@dataclass
class Results:
    """The results of a task for one MeasurementSet.

    Attributes
    ----------
    vis : str
        Name of the MeasurementSet.
    qa : list of QAScore
        The scores.
    error : str
        The reason if the task failed; otherwise empty.
    warnings : list of str
        Sentences about missing or doubtful results, and the reasons.
    elapsed : dict of str to float
        Seconds by step.
    record : RunRecord or None
        The call, the software and the CASA commands; None if the data could not be read.
    """

    vis: str
    qa: list[QAScore] = field(default_factory=list)
    error: str = ""
    warnings: list[str] = field(default_factory=list)
    elapsed: dict[str, float] = field(default_factory=dict, metadata=named("elapsed_s"))
    record: RunRecord | None = None

    @property
    def commands(self) -> list[str]:
        """The calls of CASA's tasks, as lines that can be pasted into CASA."""
        return list(self.record.commands) if self.record else []

    @classmethod
    def unreadable(cls, vis: str, problem: str) -> Self:
        """Return the results for a MeasurementSet whose data cannot be read; `problem` is the reason."""
        return cls(vis=vis, error=problem)

    def merge_with_context(self, context: Context) -> None:
        """Store in the context what later stages need."""

    @in_json
    def exhibits(self) -> Sequence[Exhibit]:
        """Return the results as tables and plots."""
        return ()

    @classmethod
    def joint_exhibits(cls, results: Sequence[Any]) -> Sequence[Exhibit]:
        """Return exhibits about the results of several MeasurementSets together."""
        return ()

    @classmethod
    def content_of_file(cls, results: Sequence[Any]) -> Any:
        """Return the content of a JSON file with the results of several MeasurementSets, as a dataclass."""
        return ResultsFile(list(results))

    def to_dict(self) -> dict[str, Any]:
        """Return the results as JSON-ready basic types."""
        content: dict[str, Any] = encode(self)
        return content

    def summary(self) -> "list[RenderableType]":
        """Return the most important results as texts and tables of rich."""
        from .display import rich_tables

        return [*rich_tables(self.exhibits())]

    def notes(self) -> list[tuple[str, str, str]]:
        """Return the notes: their kind, such as ``'Warning'``, the text, and the style for rich."""
        return [("Warning", warning, "yellow") for warning in self.warnings]

    def report(self) -> "list[RenderableType]":
        """Return the name of the MeasurementSet, an error, the summary, the scores and the notes, in this order."""
        from rich.text import Text

        from .display import score_text

        parts: list[RenderableType] = [Text(f"\n{self.vis}", style="bold")]
        if self.error:
            parts.append(Text(f"Failed: {self.error}", style="bold red"))
        parts += self.summary()
        parts += [score_text(score) for score in self.qa]
        return parts + [Text(f"{kind}: {note}", style=style) for kind, note, style in self.notes()]


@dataclass(frozen=True)
class ResultsFile:
    """The content of a JSON file of results.

    Attributes
    ----------
    results : sequence of Results
        One for each MeasurementSet, in the order of the call.
    """

    results: Sequence[Results]


class ResultsList(list[ResultsT], Generic[ResultsT]):
    """The Results of a stage, one per MeasurementSet, in the order of ``vis``."""

    @property
    def failed(self) -> bool:
        """Whether the stage failed for any MeasurementSet."""
        return any(results.error for results in self)

    def to_dict(self) -> dict[str, Any]:
        """Return all results as JSON-ready basic types."""
        content: dict[str, Any] = encode(type(self[0]).content_of_file(self) if self else ResultsFile([]))
        return content

    def joint_exhibits(self) -> Sequence[Exhibit]:
        """Return the exhibits about all results together."""
        return type(self[0]).joint_exhibits(self) if self else ()

    def report(self) -> "list[RenderableType]":
        """Return the reports for all MeasurementSets, and the tables about all of them together."""
        from .display import rich_tables

        return [part for results in self for part in results.report()] + [*rich_tables(self.joint_exhibits())]

    def __str__(self) -> str:
        from .display import as_text

        return as_text(self.report())

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Show the tables in IPython and at the CASA prompt."""
        printer.text("ResultsList(...)" if cycle else str(self))

    def _repr_html_(self) -> str:
        """Return the tables for notebooks."""
        from .display import as_html

        return as_html(self.report())


class StandardTask(ABC, Generic[InputsT, ResultsT]):
    """A task on one MeasurementSet: `prepare` does the work, `analyse` scores its results."""

    #: The class of the task's Inputs.
    inputs_type: ClassVar[type[StageInputs]]
    #: The class of the task's results.
    results_type: ClassVar[type[Results]]

    def __init__(self, inputs: InputsT):
        self.inputs = inputs
        self._elapsed: dict[str, float] = {}

    @abstractmethod
    def prepare(self) -> ResultsT:
        """Do the work."""

    def analyse(self, results: ResultsT) -> ResultsT:
        """Add QA scores to the results."""
        return results

    def execute(self) -> ResultsT:
        """Run the task."""
        results = self.analyse(self.prepare())
        results.elapsed = dict(self._elapsed)
        return results

    def on(self, inputs: InputsT) -> Self:
        """Return the same task for other Inputs."""
        other = copy.copy(self)
        other.inputs = inputs
        return other

    def failed(self, problem: str) -> ResultsT:
        """Return the results of a task that an error stopped; `problem` describes the error."""
        return self.results_type(vis=self.inputs.ms.name, error=problem)  # type: ignore[return-value]

    def recorded(self, results: ResultsT, commands: list[str]) -> ResultsT:
        """Return the results with the record of the run; `commands` are the calls of CASA's tasks."""
        results.record = RunRecord.of(self.inputs, commands, self.inputs.ms.path, self.inputs.ms)
        return results

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Log the start of a step of the task, and measure its duration."""
        LOG.info("%s", name, extra={"step": name})
        start = time.perf_counter()
        try:
            yield
        finally:
            self._elapsed[name] = self._elapsed.get(name, 0.0) + time.perf_counter() - start
