"""Run the ALMA Pipeline with this package's hifa_gfluxscale on all MeasurementSets of the present directory.

Needs a Python that can import the pipeline. The QA scores of the stage are written to ``outcome.json``, its results as
this package saves them to ``results.json``.
"""

import importlib
import json
import os
from pathlib import Path
from typing import Any

os.environ.setdefault("MPLBACKEND", "Agg")

from pipeline_gfluxscale.casa import runtime
from pipeline_gfluxscale.files.export import write_json
from pipeline_gfluxscale.hosts import alma_pipeline
from pipeline_gfluxscale.pipeline.basetask import ResultsList


def command(package: str, name: str) -> Any:
    """Return a command of the pipeline."""
    return getattr(importlib.import_module(f"pipeline.{package}.cli.{name}"), name)


def main() -> None:
    """Run the stages, and write the scores."""
    runtime.casatasks()  # with runtime data from wherever they are
    importlib.import_module("pipeline")
    command("h", "h_init")(weblog=True, loglevel="warning")
    names = sorted(path.name for path in Path().glob("*.ms"))
    command("hifa", "hifa_importdata")(vis=names, dbservice=False)
    alma_pipeline.register()
    command("hif", "hif_refant")()
    command("hif", "hif_setmodels")()
    results = command("hifa", "hifa_gfluxscale")()
    scores = {
        "stage": [_score(score) for score in results.qa.pool],
        **{Path(each.vis).name: [_score(score) for score in each.qa.pool] for each in results},
    }
    write_json("results.json", ResultsList([each.own for each in results]).to_dict())
    Path("outcome.json").write_text(json.dumps(scores, indent=1))


def _score(score: Any) -> dict[str, Any]:
    return {
        "metric": score.origin.metric_name,
        "score": float(score.score),
        "message": score.longmsg,
        "vis": sorted(score.applies_to.vis),
    }


if __name__ == "__main__":
    main()
