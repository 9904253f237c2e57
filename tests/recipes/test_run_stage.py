"""A stage changes the context as a whole or not at all."""

import pytest

from helpers.observation_without_casa import measurementset
from pipeline_gfluxscale import stages
from pipeline_gfluxscale.domain.qa import QAScore
from pipeline_gfluxscale.errors import GFluxscaleError, InputError
from pipeline_gfluxscale.pipeline.basetask import Results, ResultsList
from pipeline_gfluxscale.pipeline.context import Context
from pipeline_gfluxscale.pipeline.stage import Stage
from pipeline_gfluxscale.recipes.run_stage import run_stage
from pipeline_gfluxscale.stages import STAGES

SCORE = QAScore("completeness", 0.5, "half", "half of it")


@pytest.fixture
def context(tmp_path):
    context = Context(output_dir=tmp_path)
    context.add(measurementset(tmp_path / "x.ms"))
    return context


@pytest.fixture
def stage(monkeypatch):
    """Return a function that makes a stage called hif_test of a function."""

    def make(function):
        monkeypatch.setattr(Stage, "run", property(lambda self: function))
        monkeypatch.setitem(stages.STAGES, "hif_test", Stage("hif_test", "", lambda: None))

    return make


def spoil(context):
    context.stage += 1
    context.observed("x.ms").reference_antennas = ("DA41",)


def test_a_stage_that_succeeds_changes_the_context_and_is_recorded(context, stage):
    def run(context, vis=None, refant=""):
        spoil(context)
        return ResultsList([Results("x.ms", qa=[SCORE])])

    stage(run)
    run_stage(context, "hif_test", {"refant": "DA41"})
    assert context.observed("x.ms").reference_antennas == ("DA41",)
    (record,) = context.records
    assert (record.number, record.command, record.parameters) == (1, "hif_test", {"refant": "DA41"})
    assert record.qa == (SCORE,)
    (saved,) = record.results["results"]
    assert (saved["vis"], [score["score"] for score in saved["qa"]]) == ("x.ms", [0.5])


@pytest.mark.parametrize("problem", [GFluxscaleError("no"), KeyboardInterrupt(), ZeroDivisionError()])
def test_a_stage_that_is_stopped_leaves_the_context_as_it_was(context, stage, problem):
    def run(context, vis=None):
        spoil(context)
        raise problem

    stage(run)
    before = context.copy()
    with pytest.raises(type(problem)):
        run_stage(context, "hif_test", {})
    assert context == before


def test_a_stage_that_fails_for_an_ms_leaves_the_context_as_it_was(context, stage):
    def run(context, vis=None):
        spoil(context)
        return ResultsList([Results("x.ms", error="no data")])

    stage(run)
    before = context.copy()
    assert run_stage(context, "hif_test", {}).failed
    assert context == before


def test_unknown_stages_and_parameters_are_refused_before_anything_runs(context, stage):
    stage(lambda context, vis=None: pytest.fail("ran"))
    with pytest.raises(InputError, match=r"hif_nothing.*not a stage.*hifa_gfluxscale"):
        run_stage(context, "hif_nothing", {})
    with pytest.raises(InputError, match=r"reffant='DA41': not a parameter of hif_test; choices: vis"):
        run_stage(context, "hif_test", {"reffant": "DA41"})


@pytest.mark.parametrize("command", STAGES)
def test_every_stage_has_a_function_and_a_line_about_it(command):
    stage = STAGES[command]
    assert stage.parameters[0] == "vis"
    assert stage.run.__doc__
    assert stage.description.endswith(".")


def test_hifa_gfluxscale_has_the_same_parameters_everywhere():
    from inspect import signature

    from pipeline_gfluxscale import hifa_gfluxscale

    of_the_prompt = {"calstate", "output_dir", "context", "dask"}
    prompt = signature(hifa_gfluxscale).parameters
    assert set(STAGES["hifa_gfluxscale"].parameters) == set(prompt) - of_the_prompt
    positional = [name for name, p in prompt.items() if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert positional == list(STAGES["hifa_gfluxscale"].parameters[: len(positional)])


def test_a_run_without_data_has_to_be_told_some(tmp_path, stage):
    stage(lambda context, vis=None: pytest.fail("ran"))
    with pytest.raises(InputError, match="the context has no data yet"):
        run_stage(Context(output_dir=tmp_path), "hif_test", {})
