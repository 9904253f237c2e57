"""Render the WebLog: Results go in, a directory of static HTML that opens from disk comes out."""

import json
import re
import shutil
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from ..domain.qa import QAScore
from ..infrastructure.atomic import write_text_atomically
from ..infrastructure.context import Context
from ..tasks.gfluxscale.results import GFluxscaleResults
from ..tasks.gfluxscale.serialization import results_from_dict
from . import diagram, tables
from .figures import Figure, gains, reference_amplitudes, spectra

TASK = "hifa_gfluxscale"
TITLE = "Transfer the absolute flux scale"
STANDALONE = "layout_standalone.mako"

_TEMPLATES = "weblog_templates"
_STAGES = "stages.json"


@dataclass(frozen=True)
class Section:
    """What the page says of a MeasurementSet."""

    number: int
    results: GFluxscaleResults
    start: str
    rows: list[tables.FluxRow]
    scores: list[tables.ScoreRow]
    antennas: list[tables.AntennaRow]
    fits: list[tables.FitRow]
    spectra: list[Figure]
    amplitudes: list[Figure]
    gains: Figure | None
    diagram_wide: str
    diagram_narrow: str
    flags_file: str
    commands_file: str

    @property
    def anchor(self) -> str:
        """Id of the section, and how its files begin."""
        return f"ms{self.number}"

    @property
    def worst(self) -> tables.ScoreRow | None:
        """The lowest score."""
        return self.scores[0] if self.scores else None

    @property
    def n_missing(self) -> int:
        """Number of flux densities that were expected and not measured."""
        return sum(row.missing for row in self.rows)


def render(results: Sequence[GFluxscaleResults], output_dir: str | Path, *, stage: int | None = None) -> Path:
    """Write the page of the stage, and the index page of the WebLog.

    Rendering the same results again gives the same files; pages of other stages stay, and the index lists them.

    Parameters
    ----------
    results : sequence of GFluxscaleResults
        One for each MeasurementSet.
    output_dir : path
        Directory of the WebLog; it is made if it is not there.
    stage : int, optional
        Number of the stage. Default: as the results have it.

    Returns
    -------
    Path
        The stage's page.
    """
    weblog = Path(output_dir).expanduser().absolute()
    if stage is None:
        stage = next((each.record.stage for each in results if each.record), 1)
    directory = weblog / f"stage{stage}-{TASK}"
    directory.mkdir(parents=True, exist_ok=True)
    _copy_static(weblog / "static")
    content = page_content(results, directory)
    page = directory / "index.html"
    write_text_atomically(
        page, fill("gfluxscale.mako", layout=STANDALONE, static="../static", index="../index.html", **content)
    )
    scores = [score for each in results for score in each.qa]
    details = {"title": TITLE, "vis": [each.vis for each in results], "errors": sum(bool(r.error) for r in results)}
    _add_to_index(weblog, stage, _entry(TASK, page.relative_to(weblog).as_posix(), scores, **details))
    _write_index(weblog)
    return page


def page_content(results: Sequence[GFluxscaleResults], directory: Path) -> dict[str, Any]:
    """Write the plots and text files of a page, and return what its content template needs.

    Parameters
    ----------
    results : sequence of GFluxscaleResults
        One for each MeasurementSet; the page has them in the order of their observation.
    directory : Path
        Directory of the page.
    """
    ordered = sorted(results, key=lambda each: each.record.observed if each.record else 0.0)
    sections = [_section(each, number, directory) for number, each in enumerate(ordered, start=1)]
    return {"sections": sections, "columns": tables.FLUX_COLUMNS, "task": TASK, "title": TITLE}


def fill(template: str, **content: Any) -> str:
    """Return a template of ours with its content; everything in it is escaped unless the template says otherwise."""
    from mako.lookup import TemplateLookup

    with ExitStack() as stack:
        directory = stack.enter_context(resources.as_file(resources.files(_TEMPLATES)))
        lookup = TemplateLookup(
            directories=[str(directory)], default_filters=["h"], input_encoding="utf-8", strict_undefined=True
        )
        text: str = lookup.get_template(template).render_unicode(**content)
        return text


def _section(results: GFluxscaleResults, number: int, directory: Path) -> Section:
    prefix = f"ms{number}"
    gain_figure = gains(results, prefix)
    spectrum_figures, amplitude_figures = list(spectra(results, prefix)), list(reference_amplitudes(results, prefix))
    for figure in (*spectrum_figures, *amplitude_figures, *([gain_figure] if gain_figure else [])):
        (directory / figure.file).write_text(figure.svg, encoding="utf-8")
    label = (
        f"Logic diagram of {TASK} for {results.vis}: the steps in order, with the phase and amplitude solves of each "
        "calibrator"
    )
    commands = results.record.commands if results.record else ()
    return Section(
        number=number,
        results=results,
        start=tables.time_of(results.record.observed) if results.record else "",
        rows=tables.flux_rows(results),
        scores=tables.score_rows(results.qa, results.vis),
        antennas=tables.antenna_rows(results),
        fits=tables.fit_rows(results),
        spectra=spectrum_figures,
        amplitudes=amplitude_figures,
        gains=gain_figure,
        diagram_wide=diagram.draw(results, diagram.WIDE, label),
        diagram_narrow=diagram.draw(results, diagram.NARROW, label),
        flags_file=_write_lines(directory, f"{prefix}-{_slug(results.vis)}.flagcmds.txt", results.flags),
        commands_file=_write_lines(directory, f"{prefix}-{_slug(results.vis)}.casa_commands.py.txt", commands),
    )


def _slug(name: str) -> str:
    """Return a name as the harmless part of a file name."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name)[-80:]


def _write_lines(directory: Path, name: str, lines: Sequence[str]) -> str:
    """Write a text file unless there is nothing to write, and return its name."""
    if not lines:
        return ""
    (directory / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return name


def _copy_static(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    with resources.as_file(resources.files(_TEMPLATES).joinpath("static")) as source:
        for file in sorted(source.iterdir()):
            if file.is_file():
                shutil.copyfile(file, directory / file.name)


def render_context(context: Context, output_dir: str | Path | None = None) -> Path:
    """Write the WebLog of a run: the pages of its stages, and the index page that lists them with their scores.

    Parameters
    ----------
    context : Context
    output_dir : path, optional
        Directory of the WebLog. Default: ``weblog`` in the working directory.

    Returns
    -------
    Path
        The index page.
    """
    weblog = Path(output_dir or context.output_dir / "weblog").expanduser().absolute()
    weblog.mkdir(parents=True, exist_ok=True)
    _copy_static(weblog / "static")
    for record in context.records:
        if record.command == TASK:
            render(results_from_dict(record.results), weblog, stage=record.number)
        else:
            _add_to_index(weblog, record.number, _entry(record.command, "", record.qa))
    return _write_index(weblog)


def _entry(task: str, page: str, scores: Sequence[QAScore], **more: Any) -> dict[str, Any]:
    """Return a stage as the list of stages has it; `page` is empty for one that has none."""
    worst = min(scores, key=lambda score: score.score, default=None)
    entry = {"task": task, "title": "", "page": page, "vis": sorted({s.applies_to.vis for s in scores}), "errors": 0}
    of_worst = ("score", "band", "shortmsg")
    return entry | {name: None if worst is None else getattr(worst, name) for name in of_worst} | more


def _add_to_index(weblog: Path, stage: int, entry: Mapping[str, Any]) -> None:
    stages = _known_stages(weblog / _STAGES) | {str(stage): entry}
    write_text_atomically(weblog / _STAGES, json.dumps(stages, indent=1) + "\n")


def _write_index(weblog: Path) -> Path:
    ordered = sorted(_known_stages(weblog / _STAGES).items(), key=lambda item: int(item[0]))
    index = weblog / "index.html"
    content = {"stages": ordered, "title": "WebLog", "task": "", "static": "static", "index": ""}
    write_text_atomically(index, fill("index.mako", layout=STANDALONE, **content))
    return index


def _is_page(weblog: Path, name: str) -> bool:
    """Return whether a list of stages, which may come from someone else, names a page of this WebLog."""
    page = (weblog / name).resolve()
    return page.is_file() and page.is_relative_to(weblog.resolve())


def _known_stages(path: Path) -> dict[str, Mapping[str, Any]]:
    """Return the stages that were rendered before; a list that cannot be read is started afresh."""
    wanted = set(_entry("", "", ()))
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {
            number: each
            for number, each in content.items()
            if number.isdigit() and wanted <= set(each) and (not each["page"] or _is_page(path.parent, each["page"]))
        }
    except (OSError, ValueError, AttributeError, TypeError):
        return {}
