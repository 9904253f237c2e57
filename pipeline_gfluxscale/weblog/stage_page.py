"""Render the page of any stage: scores, and the tables and plots of its results."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from ..domain.json_shape import named
from ..domain.qa import QAScore
from ..files.typed_json import decode
from ..pipeline.context import StageRecord
from ..pipeline.exhibits import Exhibit, Plot, Table
from ..pipeline.run_record import RunRecord
from ..stages import STAGES
from ..stages.comparison.compare import Comparison
from ..system.atomic import write_text_atomically
from .block_section import block_section
from .exhibit_plots import draw, plot_in_words
from .figures import Figure
from .index import add_to_index, entry
from .page_files import PageFiles, slug
from .scores import ScoreRow, score_rows
from .templates import STANDALONE, fill


@dataclass(frozen=True)
class _Shown:
    """The entries of a stage's results that the page shows; other entries are ignored."""

    json_is_open: ClassVar[bool] = True

    vis: str
    error: str = ""
    warnings: list[str] = field(default_factory=list)
    qa: list[QAScore] = field(default_factory=list)
    exhibits: list[Exhibit] = field(default_factory=list)
    elapsed: dict[str, float] = field(default_factory=dict, metadata=named("elapsed_s"))
    record: RunRecord | None = None
    note: str = ""


@dataclass(frozen=True)
class Section:
    """The section of the page for a MeasurementSet."""

    number: int
    vis: str
    error: str
    warnings: list[str]
    note: str
    scores: list[ScoreRow]
    exhibits: list[Table]
    figures: list[Figure]
    elapsed: Mapping[str, float]
    record: RunRecord | None
    commands_file: str

    @property
    def anchor(self) -> str:
        """Id of the section, and the start of the names of its files."""
        return f"ms{self.number}"


def render_stage(record: StageRecord, weblog: Path, *, plots: bool = True) -> Path:
    """Write the page of a stage from its record, and add it to the index.

    Parameters
    ----------
    record : StageRecord
    weblog : Path
        Directory of the WebLog.
    plots : bool
        Whether the page has the plots.

    Returns
    -------
    Path
        The page.
    """
    directory = weblog / f"stage{record.number}-{slug(record.command)}"
    directory.mkdir(parents=True, exist_ok=True)
    title = STAGES[record.command].description if record.command in STAGES else ""
    results = decode(list[_Shown], record.results.get("results", []), f"stage {record.number}, {record.command}")
    files = PageFiles(directory)
    sections = [_section(of_ms, number, files, plots) for number, of_ms in enumerate(results, start=1)]
    comparison = record.results.get("agreement")
    agreement = block_section(decode(Comparison, comparison, "agreement"), files) if comparison else None
    content = {
        "agreement": agreement,
        "task": record.command,
        "title": title,
        "sections": sections,
        "call": _call(record),
    }
    page = directory / "index.html"
    write_text_atomically(
        page, fill("stage.mako", layout=STANDALONE, static="../static", index="../index.html", **content)
    )
    names, errors = [each.vis for each in sections], sum(bool(each.error) for each in sections)
    address = page.relative_to(weblog).as_posix()
    add_to_index(
        weblog, record.number, entry(record.command, address, record.qa, title=title, vis=names, errors=errors)
    )
    return page


def _call(record: StageRecord) -> str:
    """Return the call of the stage with the parameters that were given."""
    return f"{record.command}({', '.join(f'{name}={value!r}' for name, value in record.parameters.items())})"


def _section(results: _Shown, number: int, files: PageFiles, plots: bool) -> Section:
    prefix = f"ms{number}"
    figures = [
        files.figure(_figure(plot, f"{prefix}-plot-{i}.svg"))
        for i, plot in enumerate((plot for plot in results.exhibits if plots and isinstance(plot, Plot)), start=1)
    ]
    commands = results.record.commands if results.record else ()
    return Section(
        number=number,
        vis=results.vis,
        error=results.error,
        warnings=results.warnings,
        note=results.note,
        scores=score_rows(results.qa, results.vis),
        exhibits=[table for table in results.exhibits if isinstance(table, Table) and table.rows],
        figures=figures,
        elapsed=results.elapsed,
        record=results.record,
        commands_file=files.lines(f"{prefix}-{slug(results.vis)}.casa_commands.py.txt", commands),
    )


def _figure(plot: Plot, file: str) -> Figure:
    return Figure(file=file, svg=draw(plot), title=plot.title, alt=plot_in_words(plot), caption="")
