"""``gfluxscale compare``: compare the flux scales of execution blocks."""

from pathlib import Path

import click

_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("results", nargs=-1, required=True, type=_PATH)
@click.option("--json", "json_file", type=_PATH, help="Write the comparison as JSON.")
def compare(results: tuple[Path, ...], json_file: Path | None) -> None:
    """Compare the flux scales of execution blocks, from RESULTS: JSON files that --json of 'gfluxscale run' wrote.

    Prints the factor that converts each block to the common scale, and the calibrators that the blocks have in common.
    The exit status is 0 even if the blocks disagree.
    """
    from rich.console import Console
    from rich.text import Text

    from ..errors import InputError
    from ..files.export import write_json
    from ..pipeline.display import rich_table, score_text
    from ..stages.comparison.compare import compare as compare_blocks
    from ..stages.comparison.show import tables_of
    from ..stages.gfluxscale.serialization import read_results
    from ..system.outputs import check_outputs

    check_outputs({"--json": json_file}, results)
    blocks = tuple(of_ms.block for path in results for of_ms in read_results(path))
    if len(blocks) < 2:
        raise InputError("RESULTS", [str(path) for path in results], "two or more execution blocks are needed")
    comparison = compare_blocks(blocks)
    console = Console()
    for table in tables_of(comparison):
        console.print(rich_table(table))
    for score in comparison.scores:
        console.print(score_text(score))
    if not comparison.scores:
        console.print(
            Text("No two blocks have a calibrator in common: their flux scales cannot be compared", style="yellow")
        )
    for _, sentence in comparison.odd:
        console.print(Text(f"Odd: {sentence}", style="yellow"))
    if json_file:
        write_json(json_file, comparison)
