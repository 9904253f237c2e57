"""Tables, scores and reports in a terminal and in a notebook."""

import html
from collections.abc import Iterable

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from ..domain.qa import QAScore
from . import exhibits

_COLOURS = {"green": "green", "blue": "bright_blue", "yellow": "yellow", "red": "red"}


def rich_tables(shown: Iterable[exhibits.Exhibit]) -> list[Table]:
    """Return tables of rich for those of the exhibits that are tables with rows."""
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


def as_text(parts: Iterable[RenderableType]) -> str:
    """Return a report as text, with colours if standard output is a terminal with colours."""
    console = Console(force_jupyter=False)  # otherwise a notebook would show an empty output in addition
    with console.capture() as captured:
        for part in parts:
            console.print(part)
    return captured.get().strip("\n")


def as_html(parts: Iterable[RenderableType]) -> str:
    """Return a report as HTML, for notebooks."""
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
