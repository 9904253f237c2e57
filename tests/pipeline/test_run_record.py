"""The record of a run: with its parameters the run can be repeated."""

import ast
from pathlib import Path

import pytest

from helpers.observation_without_casa import measurementset
from pipeline_gfluxscale.pipeline.context import Context, ObservedData
from pipeline_gfluxscale.pipeline.parameters import parameters_of
from pipeline_gfluxscale.pipeline.run_record import RunRecord
from pipeline_gfluxscale.stages.bandpass.inputs import BandpassInputs
from pipeline_gfluxscale.stages.fluxagreement.inputs import FluxAgreementInputs
from pipeline_gfluxscale.stages.gfluxscale.inputs import GFluxscaleInputs
from pipeline_gfluxscale.stages.importdata.inputs import ImportdataInputs
from pipeline_gfluxscale.stages.refant.inputs import RefantInputs
from pipeline_gfluxscale.stages.setmodels.inputs import SetModelsInputs
from pipeline_gfluxscale.stages.spwphaseup.inputs import SpwPhaseupInputs

CALLS = [
    (BandpassInputs, {"minsnr": 4, "spw": "1", "hm_phaseup": ""}),
    (FluxAgreementInputs, {"equalize": True}),
    (GFluxscaleInputs, {"refspwmap": [1, 1], "refant": "DV02", "flagfile": ""}),
    (GFluxscaleInputs, {"refintent": "", "transintent": "", "reference": "0", "transfer": ["1"], "reffile": ""}),
    (RefantInputs, {"refantignore": 0}),
    (SetModelsInputs, {"reffile": ""}),
    (SpwPhaseupInputs, {"field": [0, 1], "combine": "scan"}),
]


@pytest.fixture
def context(tmp_path) -> Context:
    """A context with an MS, and a flux.csv that the stages would use by default."""
    ms = measurementset(tmp_path / "a.ms")
    (tmp_path / "flux.csv").write_text("ms,field,spw,I\na.ms,0,0,3.5\n")
    (tmp_path / "a.ms.flagtemplate.txt").write_text("mode='manual' antenna='DA41'\n")
    return Context(tmp_path, {"a.ms": ObservedData(ms, reference_antennas=("DV02", "DA41"))}, stage=3)


def values(record: RunRecord) -> dict[str, object]:
    """Return the parameters but for `vis` as Python reads them."""
    return {name: ast.literal_eval(text) for name, text in record.parameters.items() if name != "vis"}


@pytest.mark.parametrize(("inputs_type", "given"), [*CALLS, *((kind, {}) for kind, _ in CALLS)])
def test_the_parameters_repeat_the_call(context, inputs_type, given):
    inputs = inputs_type.for_ms(context, "a.ms", given)
    record = RunRecord.of(inputs, ["gaincal()"], inputs.ms.path, inputs.ms)
    assert list(record.parameters) == ["vis", *parameters_of(inputs_type)]
    assert inputs_type.for_ms(context, "a.ms", values(record)) == inputs
    assert (record.stage, record.telescope, record.commands) == (3, "ALMA", ("gaincal()",))


def test_an_import_has_the_record_of_each_data_set(tmp_path):
    for name in ("a.ms", "b.ms"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "table.dat").touch()
    paths = [tmp_path / "a.ms", tmp_path / "b.ms"]
    whole = ImportdataInputs.of_call(Context(tmp_path), paths, {"session": ["one", "two"], "lazy": True})
    for inputs, path, session in zip(whole.one_by_one(), paths, ("one", "two"), strict=True):
        record = RunRecord.of(inputs, [], path, None)
        assert values(record)["session"] == [session]
        vis = Path(ast.literal_eval(record.parameters["vis"]))
        assert ImportdataInputs.of_call(Context(tmp_path), vis, values(record)) == inputs
