"""Have the ALMA Pipeline execute a processing request or a recipe on ``observed.ms``, with this package's stage in it.

    python alma_pipeline_request.py {request,recipe} FILE

The present directory is the working directory; a request finds ``observed.ms`` in ``../rawdata``. Our stage is
registered if the environment asks for it. What the last stage found is written to ``outcome.json``. A recipe works on
all MeasurementSets of ``../rawdata``; under mpirun it has one process for each.
"""

import importlib
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION", "python")  # casaplotms needs it
os.environ.setdefault("MPLBACKEND", "Agg")

from alma_pipeline_run import fluxes

from pipeline_gfluxscale.casa import mpi, runtime
from pipeline_gfluxscale.hosts import alma_pipeline


def main() -> None:
    """Execute it, and write what was found."""
    kind, file = sys.argv[1:]
    mpi.serve_unless_client()
    runtime.casatasks()  # with runtime data from wherever they are
    importlib.import_module("pipeline")
    alma_pipeline.register_if_wanted()
    if kind == "request":
        executeppr = importlib.import_module("pipeline.infrastructure.executeppr").executeppr
        executeppr(file, importonly=False, loglevel="warning", plotlevel="summary")
    else:
        reduce = importlib.import_module("pipeline.recipereducer").reduce
        reduce(
            vis=sorted(map(str, Path("../rawdata").glob("*.ms"))),
            procedure=file,
            loglevel="warning",
            plotlevel="summary",
        )
    cli = importlib.import_module("pipeline.h.cli.cli")
    results = cli.stack[cli.PIPELINE_NAME].context.results[-1].read()
    outcome = {
        "command": results.pipeline_casa_task,
        "tasks": [f"{result.task.__module__}.{result.task.__name__}" for result in results],
        "calibrated": [fluxes(result.measurements) for result in results],
        "qa": [score.origin.metric_name for score in results.qa.pool],
    }
    Path("outcome.json").write_text(json.dumps(outcome, indent=1))


if __name__ == "__main__":
    main()
