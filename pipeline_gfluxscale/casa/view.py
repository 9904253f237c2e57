"""A view of a MeasurementSet: links to its tables, with copies of some sub-tables that may be changed."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .model_column import UNFINISHED


@contextmanager
def view_with_copies(vis: Path, *subtables: str) -> Iterator[Path]:
    """Yield a view of a MeasurementSet, and delete it at the end.

    A task that changes the view changes the MeasurementSet, except for the copied sub-tables.

    Parameters
    ----------
    vis : Path
        A MeasurementSet or a view of one.
    *subtables : str
        Names of the sub-tables to copy.
    """
    # The view has the name of the original, as setjy derives the names of its component lists from it.
    view = vis / UNFINISHED / vis.name
    shutil.rmtree(view.parent, ignore_errors=True)
    try:
        view.mkdir(parents=True)
        for path in vis.iterdir():
            if path.name not in (UNFINISHED, *subtables):
                (view / path.name).symlink_to(path.absolute())
        for name in subtables:
            shutil.copytree(vis / name, view / name, copy_function=shutil.copyfile)
        yield view
    finally:
        shutil.rmtree(view.parent, ignore_errors=True)
