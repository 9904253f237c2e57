"""Render the page of any stage: scores, and the tables and plots that its results show."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..domain.qa import AppliesTo, QAScore
from ..pipeline.context import StageRecord
from ..pipeline.exhibits import Plot, Table, exhibit_from_dict
from ..stages import STAGES
from ..system.atomic import write_text_atomically
from . import tables
from .exhibit_plots import draw, plot_in_words
from .figures import Figure
from .index import add_to_index, entry
from .page_files import PageFiles, slug
from .templates import STANDALONE, fill


@dataclass(frozen=True)
class Section:
    """What the page says of a MeasurementSet."""

    number: int
    vis: str
    error: str
    warnings: list[str]
    scores: list[tables.ScoreRow]
    exhibits: list[Table]
    figures: list[Figure]
    elapsed: Mapping[str, float]
    commands: list[str]
    commands_file: str

    @property
    def anchor(self) -> str:
        """Id of the section, and how its files begin."""
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
    results, files = record.results.get("results", ()), PageFiles(directory)
    sections = [_section(each, number, files, plots) for number, each in enumerate(results, start=1)]
    content = {"task": record.command, "title": title, "sections": sections, "parameters": record.parameters}
    page = directory / "index.html"
    write_text_atomically(
        page, fill("stage.mako", layout=STANDALONE, static="../static", index="../index.html", **content)
    )
    details = {"title": title, "vis": [s.vis for s in sections], "errors": sum(bool(s.error) for s in sections)}
    add_to_index(
        weblog,
        record.number,
        entry(record.command, page.relative_to(weblog).as_posix(), record.qa, **details),
    )
    return page


def _section(results: Mapping[str, Any], number: int, files: PageFiles, plots: bool) -> Section:
    prefix, vis = f"ms{number}", str(results.get("vis", ""))
    exhibits = [exhibit_from_dict(each) for each in results.get("exhibits", ())]
    figures = [
        files.figure(_figure(plot, f"{prefix}-plot-{i}.svg"))
        for i, plot in enumerate((each for each in exhibits if plots and isinstance(each, Plot)), start=1)
    ]
    scores = [QAScore(**(s | {"applies_to": _applies_to(s["applies_to"])})) for s in results.get("qa", ())]
    commands = list(results.get("commands", ()))
    return Section(
        number=number,
        vis=vis,
        error=str(results.get("error", "")),
        warnings=list(results.get("warnings", ())),
        scores=tables.score_rows(scores, vis),
        exhibits=[each for each in exhibits if isinstance(each, Table) and each.rows],
        figures=figures,
        elapsed=results.get("elapsed_s", {}),
        commands=commands,
        commands_file=files.lines(f"{prefix}-{slug(vis)}.casa_commands.py.txt", commands),
    )


def _applies_to(content: Mapping[str, Any]) -> AppliesTo:
    lists = {name: tuple(content[name]) for name in ("spw", "intent")}
    return AppliesTo(vis=content["vis"], field=content["field"], **lists)


def _figure(plot: Plot, file: str) -> Figure:
    return Figure(file=file, svg=draw(plot), title=plot.title, alt=plot_in_words(plot), caption="")
