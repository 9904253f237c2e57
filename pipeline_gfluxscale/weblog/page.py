"""Render the page of hifa_gfluxscale from Results as static HTML, which a browser can open from disk."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..stages.gfluxscale.results import GFluxscaleResults, compare_results
from ..system.atomic import write_text_atomically
from . import diagram, tables
from .block_section import block_section
from .figures import Figure, gains, reference_amplitudes, spectra
from .index import add_to_index, entry, write_index
from .page_files import PageFiles, slug, writing
from .scores import ScoreRow, score_rows
from .templates import STANDALONE, copy_static, fill

TASK = "hifa_gfluxscale"
TITLE = "Transfer the absolute flux scale"


@dataclass(frozen=True)
class Section:
    """The section of the page for a MeasurementSet."""

    number: int
    results: GFluxscaleResults
    start: str
    rows: list[tables.FluxRow]
    scores: list[ScoreRow]
    antennas: list[tables.AntennaRow]
    references: list[tables.ReferenceRow]
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
        """Id of the section, and the start of the names of its files."""
        return f"ms{self.number}"

    @property
    def worst(self) -> ScoreRow | None:
        """The lowest score."""
        return self.scores[0] if self.scores else None

    @property
    def adopted(self) -> list[tuple[str, str]]:
        """Pairs of a field with adopted flux densities, and the names of the MSs from which they were adopted."""
        sources: dict[str, list[str]] = {}
        for m in self.results.measurements:
            if m.adopted_from:
                sources.setdefault(m.field, []).extend(m.adopted_from)
        return [(field, ", ".join(dict.fromkeys(names))) for field, names in sources.items()]

    @property
    def n_missing(self) -> int:
        """Number of flux densities that were expected and not measured."""
        return sum(row.missing for row in self.rows)


def render(results: Sequence[GFluxscaleResults], output_dir: str | Path, *, stage: int | None = None) -> Path:
    """Write the page of the stage, and the index page of the WebLog.

    If the same results are rendered again, the files are the same. Pages of other stages are not changed, and the index
    lists them.

    Parameters
    ----------
    results : sequence of GFluxscaleResults
        One for each MeasurementSet.
    output_dir : path
        Directory of the WebLog; it is created if it does not exist.
    stage : int, optional
        Number of the stage. Default: the number in the results.

    Returns
    -------
    Path
        The stage's page.
    """
    weblog = Path(output_dir).expanduser().absolute()
    if stage is None:
        stage = next((of_ms.record.stage for of_ms in results if of_ms.record), 1)
    with writing(weblog):
        page = write_page(results, weblog, stage)
        write_index(weblog)
    return page


def write_page(results: Sequence[GFluxscaleResults], weblog: Path, stage: int) -> Path:
    """Write the page of a stage, and add it to the list of stages; see `render`."""
    directory = weblog / f"stage{stage}-{TASK}"
    directory.mkdir(parents=True, exist_ok=True)
    copy_static(weblog / "static")
    content = page_content(results, directory)
    page = directory / "index.html"
    write_text_atomically(
        page, fill("gfluxscale.mako", layout=STANDALONE, static="../static", index="../index.html", **content)
    )
    scores = [score for of_ms in results for score in of_ms.qa]
    names, errors = [of_ms.vis for of_ms in results], sum(bool(of_ms.error) for of_ms in results)
    described = entry(TASK, page.relative_to(weblog).as_posix(), scores, title=TITLE, vis=names, errors=errors)
    add_to_index(weblog, stage, described)
    return page


def page_content(results: Sequence[GFluxscaleResults], directory: Path, address: str = "") -> dict[str, Any]:
    """Write the plots and text files of a page, and return the variables of its template.

    Parameters
    ----------
    results : sequence of GFluxscaleResults
        One for each MeasurementSet; the page shows them in the order of observation.
    directory : Path
        Directory of the page.
    address : str
        Prefix of the addresses of the directory's files, if the page is shown from another directory.
    """
    ordered = sorted(results, key=lambda of_ms: of_ms.record.observed if of_ms.record else 0.0)
    files = PageFiles(directory, address)
    sections = [_section(of_ms, number, files) for number, of_ms in enumerate(ordered, start=1)]
    agreement = block_section(compare_results(ordered), files)
    return {"sections": sections, "agreement": agreement, "columns": tables.FLUX_COLUMNS, "task": TASK, "title": TITLE}


def _section(results: GFluxscaleResults, number: int, files: PageFiles) -> Section:
    prefix = f"ms{number}"
    gain_figure = gains(results, prefix)
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
        scores=score_rows(results.qa, results.vis),
        antennas=tables.antenna_rows(results),
        references=tables.reference_rows(results),
        fits=tables.fit_rows(results),
        spectra=[files.figure(figure) for figure in spectra(results, prefix)],
        amplitudes=[files.figure(figure) for figure in reference_amplitudes(results, prefix)],
        gains=files.figure(gain_figure) if gain_figure else None,
        diagram_wide=diagram.draw(results, diagram.WIDE, label),
        diagram_narrow=diagram.draw(results, diagram.NARROW, label),
        flags_file=files.lines(f"{prefix}-{slug(results.vis)}.flagcmds.txt", results.flags),
        commands_file=files.lines(f"{prefix}-{slug(results.vis)}.casa_commands.py.txt", commands),
    )
