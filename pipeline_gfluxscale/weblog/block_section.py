"""The section of the page that compares the flux scales of several MeasurementSets."""

from collections.abc import Iterator
from dataclasses import dataclass

from ..heuristics.block_scores import stated_accuracy
from ..pipeline.exhibits import Table
from ..stages.comparison.compare import Comparison
from ..stages.comparison.show import NOT_COMPARED, tables_of
from ..stages.comparison.sources import ComparedSource
from . import block_plots, tables
from .figures import Figure
from .page_files import PageFiles
from .scores import ScoreRow, score_row

_GREEN = 0.9

# Largest number of low scores that are shown with their messages; the table shows all scores.
_MOST_SCORES = 6


@dataclass(frozen=True)
class BlockSection:
    """The content of the section."""

    verdict: str
    low_scores: list[ScoreRow]
    tables: list[Table]
    figures: list[Figure]
    odd: tuple[str, ...]
    is_compared: bool = True
    n_more: int = 0


def block_section(comparison: Comparison, files: PageFiles) -> BlockSection | None:
    """Write the plots, and return the content of the section; None if there are no other blocks."""
    if len(comparison.blocks) < 2:
        return None
    low = sorted((score for score in comparison.scores if score.score <= _GREEN), key=lambda score: score.score)
    return BlockSection(
        verdict=_verdict(comparison),
        low_scores=[score_row(score, score.applies_to.vis) for score in low[:_MOST_SCORES]],
        n_more=max(0, len(low) - _MOST_SCORES),
        tables=list(tables_of(comparison)),
        figures=[files.figure(figure) for figure in _figures(comparison)],
        odd=tuple(sentence for _, sentence in comparison.odd),
        is_compared=bool(comparison.scores),
    )


def _verdict(comparison: Comparison) -> str:
    """Return a sentence about the largest deviation."""
    if not comparison.scores:
        return NOT_COMPARED
    worst = max(comparison.scores, key=lambda score: abs(score.value or 0.0))
    off = sum(score.score <= _GREEN for score in comparison.scores)
    furthest = f"the largest deviation is {worst.value or 0.0:+z.1%}, of {worst.applies_to.vis}."
    n_not = len(comparison.blocks) - len(comparison.scores)
    if n_not:
        furthest += f" {n_not} of {len(comparison.blocks)} blocks could not be compared."
    if not off:
        return f"All {len(comparison.scores)} compared blocks agree within the stated accuracy: {furthest}"
    return f"{off} of {len(comparison.scores)} blocks are beyond the stated accuracy: {furthest}"


def _figures(comparison: Comparison) -> Iterator[Figure]:
    if not comparison.scores:
        return
    accuracy = stated_accuracy(comparison.sources[0].frequency_hz)
    known = [(block.vis, block.factor) for block in comparison.blocks if block.factor is not None]
    yield Figure(
        file="blocks-factors.svg",
        svg=block_plots.factors(comparison, accuracy),
        title="Flux scale of each execution block",
        alt="Factor that converts each block to the common scale: "
        + ", ".join(f"{vis} {factor:.3f}" for vis, factor in known),
        caption=f"Grey: the stated accuracy of {accuracy:.0%}. Squares: blocks beyond it.",
    )
    for number, source in enumerate(_one_for_each_field(comparison), start=1):
        free = source.n - 1
        yield Figure(
            file=f"blocks-source-{number}.svg",
            svg=block_plots.flux_against_date(source),
            title=f"{source.field} at {source.frequency_hz / 1e9:.1f} GHz",
            alt=f"Flux density of {source.field} against date: "
            + ", ".join(f"{point.vis} {point.I:.4g} Jy" for point in source.points),
            caption=f"Mean {tables.with_error(source.I, source.uncertainty)} Jy, χ² / free {source.chi2:.1f} / {free}. "
            "Hollow: converted to this frequency with the fitted spectral index.",
        )


def _one_for_each_field(comparison: Comparison) -> list[ComparedSource]:
    """Return each field at the frequency that most blocks have; other frequencies would show the same changes."""
    best: dict[str, ComparedSource] = {}
    for source in comparison.sources:
        measured = sum(not point.carried for point in source.points)
        if source.field not in best or measured > sum(not point.carried for point in best[source.field].points):
            best[source.field] = source
    return list(best.values())
