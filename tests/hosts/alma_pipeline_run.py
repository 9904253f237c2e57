"""Run the ALMA Pipeline on ``observed.ms`` in the present directory, with its own hifa_gfluxscale or with ours.

    python alma_pipeline_run.py {stock,ours} [--weblog]

Needs a Python that can import the pipeline. What the stage found is written to ``outcome.json``.
"""

import argparse
import importlib
import json
import os
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION", "python")  # casaplotms needs it
os.environ.setdefault("MPLBACKEND", "Agg")

from pipeline_gfluxscale.casa import runtime
from pipeline_gfluxscale.hosts import alma_pipeline

VIS = "observed.ms"
STAGE = "hifa_gfluxscale"
# Package and command of each stage, with its parameters.
CHAIN: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("hifa", "hifa_importdata", {"vis": [VIS], "dbservice": False}),
    ("hif", "hif_refant", {}),
    ("h", "h_tsyscal", {}),
    ("hif", "hif_setmodels", {}),
    ("hifa", "hifa_bandpass", {}),
    ("hifa", "hifa_spwphaseup", {}),
    ("hifa", STAGE, {}),
    ("hifa", "hifa_timegaincal", {}),
    ("hif", "hif_applycal", {}),
    ("hifa", "hifa_exportdata", {"products_dir": "products"}),
)


def command(package: str, name: str) -> Any:
    """Return a command of the pipeline."""
    return getattr(importlib.import_module(f"pipeline.{package}.cli.{name}"), name)


def main() -> None:
    """Run the chain, and write what was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("stage", choices=("stock", "ours"))
    parser.add_argument("--weblog", action="store_true", help="render the WebLog")
    options = parser.parse_args()
    Path("products").mkdir(exist_ok=True)
    runtime.casatasks()  # with runtime data from wherever they are
    pipeline = importlib.import_module("pipeline")
    context = command("h", "h_init")(weblog=options.weblog, loglevel="warning")
    failed, found, seconds = {}, None, 0.0
    for package, name, parameters in CHAIN:
        if name == STAGE and options.stage == "ours":
            alma_pipeline.register()  # works at any time, of which this is the hardest: stages have run
        start = time.perf_counter()
        results = command(package, name)(**parameters)
        several = results if isinstance(results, list) else [results]
        if problems := [each.tb for each in several if hasattr(each, "tb")]:
            failed[name] = problems
        if name == STAGE:
            found, seconds = results, time.perf_counter() - start
    command("h", "h_save")()
    outcome = {
        "version": str(pipeline.environment.pipeline_revision),
        "task": type(found[0]).__module__,
        "failed": failed,
        "seconds": seconds,
        "derived": fluxes(getattr(found[0], "fluxscale_measurements", {})),
        "calibrated": fluxes(getattr(found[0], "measurements", {})),
        "qa": [[score.origin.metric_name, float(score.score), score.shortmsg] for score in found.qa.pool],
        "commands": Path(context.report_dir, context.logs["casa_commands"]).read_text(),
        "corrected": "CORRECTED_DATA" in columns(),
        "products": sorted(path.name for path in Path("products").iterdir()),
        "resumed": resumed(context.name),
    }
    Path("outcome.json").write_text(json.dumps(outcome, indent=1))


def fluxes(measurements: dict[str, list[Any]]) -> dict[str, dict[str, list[float]]]:
    """Return flux densities and uncertainties (Jy) by field id and spw."""
    jansky = importlib.import_module("pipeline.domain.measures").FluxDensityUnits.JANSKY
    return {
        str(field): {str(m.spw_id): [float(each.I.to_units(jansky)) for each in (m, m.uncertainty)] for m in found}
        for field, found in measurements.items()
    }


def columns() -> list[str]:
    """Return the columns of the MeasurementSet."""
    with importlib.import_module("pipeline_gfluxscale.casa.tools").open_table(VIS) as table:
        return list(table.colnames())


def resumed(name: str) -> dict[str, Any]:
    """Take the saved context up again, and return what later stages find in it."""
    context = command("h", "h_resume")(f"{name}.context")
    ms = context.observing_run.get_ms(VIS)
    return {"stages": len(context.results), "derived": fluxes(ms.derived_fluxes)}


if __name__ == "__main__":
    main()
