"""A record of a stage whose results have every kind of exhibit."""

import math

from helpers.weblog_examples import SCRIPT
from pipeline_gfluxscale.domain.qa import AppliesTo, QAScore
from pipeline_gfluxscale.pipeline.basetask import Results, ResultsList
from pipeline_gfluxscale.pipeline.context import StageRecord
from pipeline_gfluxscale.pipeline.exhibits import Curve, Plot, Table
from pipeline_gfluxscale.pipeline.run_record import RunRecord


class Shown(Results):
    """Results with a table and plots."""

    def exhibits(self):
        curves = tuple(
            Curve(f"DA{n}", [1.0, 2.0, 3.0], [float(n), math.nan, 5.0], f"polarisation {n % 2}") for n in range(15)
        )
        return [
            Table("Numbers and <names>", ("Name", "Value (Jy)"), ((SCRIPT, 1.23456789), ("b", None))),
            Table("Nothing", ("Name",), ()),
            Plot("Many curves", "Frequency (GHz)", "Amplitude", curves),
            Plot("Nothing", "Frequency (GHz)", "Amplitude", ()),
        ]


def stage_record(number: int = 3, command: str = "hifa_bandpass") -> StageRecord:
    """Return the record of a stage on two MeasurementSets, of which one could not be done."""
    about = AppliesTo("one.ms", "J0006-0623", (1, 2), ("BANDPASS",))
    good = Shown("one.ms", [QAScore("some_metric", 0.5, "short", "one.ms: long", 2.5, "K", about)])
    good.elapsed = {"Solve": 1.5}
    good.record = RunRecord(parameters={"spw": "'1,2'"}, commands=("bandpass(vis='one.ms')",))
    bad = Results(SCRIPT, error="it <broke>", warnings=["beware"])
    results = ResultsList([good, bad])
    return StageRecord(number, command, {"spw": "1,2"}, tuple(good.qa), results.to_dict())
