"""Show results in a terminal and in a notebook."""

import html
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from ..domain.qa import QAScore
from . import exhibits

if TYPE_CHECKING:
    from .basetask import Results

_COLOURS = {"green": "green", "blue": "bright_blue", "yellow": "yellow", "red": "red"}


def report(results: "Results") -> RenderableType:
    """Return the results for one MeasurementSet: the summary, the scores and the notes."""
    return Group(*_parts(results))


def _parts(results: "Results") -> list[RenderableType]:
    parts: list[RenderableType] = [Text(f"\n{results.vis}", style="bold")]
    if results.error:
        parts.append(Text(f"Failed: {results.error}", style="bold red"))
    parts += results.summary()
    parts += [score_text(score) for score in results.qa]
    parts += [Text(f"{kind}: {note}", style=style) for kind, note, style in results.notes()]
    return parts


def joint_report(results: Iterable["Results"]) -> list[RenderableType]:
    """Return tables about the results of several MeasurementSets together."""
    listed = list(results)
    shown = type(listed[0]).joint_exhibits(listed) if listed else ()
    return [rich_table(exhibit) for exhibit in shown if isinstance(exhibit, exhibits.Table) and exhibit.rows]


def rich_table(table: exhibits.Table) -> Table:
    """Return a table of rich, with numbers on the right and four significant digits."""
    shown = Table(
        title=Text(table.title), title_justify="left", title_style="", header_style="bold", box=box.SIMPLE_HEAD
    )
    for number, column in enumerate(table.columns):
        shown.add_column(column, justify="right" if table.is_number(number) else "left", overflow="fold")
    for row in table.rows:
        shown.add_row(*(Text(exhibits.cell_text(cell)) for cell in row))  # a name is no markup
    return shown


def score_text(score: QAScore) -> Text:
    """Return a score as a line, in the colour of its band."""
    text = Text(f"QA {score.score:4.2f} {score.metric}: ", style=_COLOURS[score.band])
    return text.append(score.longmsg)


def as_text(results: Iterable["Results"]) -> str:
    """Return results as text, with colours if standard output is a terminal with colours."""
    listed = list(results)
    console = Console(force_jupyter=False)  # otherwise a notebook would show an empty output in addition
    with console.capture() as captured:
        for of_ms in listed:
            console.print(report(of_ms))
        for part in joint_report(listed):
            console.print(part)
    return captured.get().strip("\n")


def as_html(results: Iterable["Results"]) -> str:
    """Return results as HTML, for notebooks."""
    listed = list(results)
    parts = [part for of_ms in listed for part in _parts(of_ms)] + joint_report(listed)
    return "".join(_html(part) for part in parts)


def _html(part: RenderableType) -> str:
    if isinstance(part, Table):
        heads = "".join(f"<th>{_escaped(column.header)}</th>" for column in part.columns)
        rows = zip(*(column.cells for column in part.columns), strict=True)
        body = "".join("<tr>" + "".join(f"<td>{_escaped(cell)}</td>" for cell in row) + "</tr>" for row in rows)
        return f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
    style = str(part.style) if isinstance(part, Text) else ""
    words = _escaped(part).strip()
    return f"<p><b>{words}</b></p>" if "bold" in style else f"<p>{words}</p>"


def _escaped(item: RenderableType) -> str:
    return html.escape(item.plain if isinstance(item, Text) else str(item))
