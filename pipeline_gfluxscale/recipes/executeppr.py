"""Run a pipeline processing request in its directories."""

import logging
import os
import shutil
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..pipeline.basetask import ResultsList
from ..pipeline.context import Context
from ..pipeline.context_json import latest_context, load_context, save_context
from ..system.atomic import write_text_atomically
from ..system.outputs import check_working_directory
from .ppr import ProcessingRequest, commands_to_run, read_ppr
from .recipe import BREAKPOINT, Command, check_commands
from .run_recipe import run_commands

LOG = logging.getLogger(__name__)

ROOT_VARIABLE = "SCIPIPE_ROOTDIR"


@dataclass(frozen=True)
class Directories:
    """The directories of a request: raw data, working directory and products."""

    rawdata: Path
    working: Path
    products: Path

    @classmethod
    def of(cls, request: ProcessingRequest, environment: Mapping[str, str] = os.environ) -> "Directories":
        """Return the directories of a request.

        They are in ``$SCIPIPE_ROOTDIR/<RelativePath>``. If the variable is not set, they are in the parent of the
        current directory, which is usually ``working``.
        """
        root = environment.get(ROOT_VARIABLE)
        base = Path(root).expanduser() / request.relative_path if root else Path("..")
        return cls(*(Path(os.path.abspath(base / name)) for name in ("rawdata", "working", "products")))

    def check(self, request: ProcessingRequest) -> None:
        """Raise `InputError` unless the working directory and all data are there."""
        if not self.working.is_dir():
            hint = f"start in the request's working directory, or set {ROOT_VARIABLE}"
            raise InputError("working directory", str(self.working), f"no such directory; {hint}")
        check_working_directory("working directory", self.working)
        check_working_directory("products", self.products)
        missing = [asdm.disk_name for asdm in request.asdms if not (self.rawdata / asdm.disk_name).is_dir()]
        if missing:
            raise InputError("rawdata", str(self.rawdata), f"it does not have {', '.join(missing)}")


def execute_request(
    path: str | Path,
    *,
    importonly: bool = False,
    breakpoint: str = BREAKPOINT,
    bpaction: str = "ignore",
    name: str = "",
) -> Iterator[tuple[Context, Command | None, ResultsList[Any]]]:
    """Run a processing request, and yield after each stage.

    Everything is checked before anything runs. The context is saved at the end, and if a stage fails. After an error
    there is a file ``errorexit-<UTC>.txt`` in the working directory and in ``products``.

    Parameters
    ----------
    path : path
        The file of the request.
    importonly, breakpoint, bpaction
        See `commands_to_run`.
    name : str
        Name of a new context.

    Yields
    ------
    Context, Command or None, ResultsList
        The state of the run, and the stage with its results; before the first stage None and an empty list.

    Raises
    ------
    GFluxscaleError
        The request cannot be run, or a stage failed.
    """
    with _errorexit_in([Path.cwd()]) as places:
        request = read_ppr(path)
        directories = Directories.of(request)
        if directories.working.is_dir():
            places[:] = [directories.working, directories.products]
        commands = commands_to_run(request.recipe.commands, breakpoint, bpaction, importonly=importonly)
        check_commands(commands, str(path))
        directories.check(request)
        vis = [directories.rawdata / asdm.disk_name for asdm in request.asdms]
        sessions = {asdm.disk_name: asdm.session for asdm in request.asdms}
        if bpaction == "resume":
            context, vis = load_context(latest_context(directories.working)), []
            LOG.info("Resuming %s after %s", context.name, breakpoint)
        else:
            context = Context(directories.working, name=name, processing_intents=request.intents)
        LOG.info("%s: %s on %s", path, request.recipe.title, ", ".join(asdm.disk_name for asdm in request.asdms))
        yield context, None, ResultsList()
        try:
            for command, results in run_commands(context, commands, vis, sessions):
                yield context, command, results
        finally:
            save_context(context)


@contextmanager
def _errorexit_in(places: list[Path]) -> Iterator[list[Path]]:
    """After an error, write the traceback to a file in each of `places`, a list that may be changed meanwhile."""
    try:
        yield places
    except GeneratorExit:
        raise
    except BaseException:
        first, *others = places
        file = first / f"errorexit-{datetime.now(UTC):%Y%m%dT%H%M%S}.txt"
        write_text_atomically(file, traceback.format_exc())
        for place in others:
            place.mkdir(exist_ok=True)
            shutil.copy(file, place)
        LOG.error("The error is described in %s", file)
        raise
