"""Commands run one after the other, each told what the data and their sessions are."""

from pathlib import Path

import pytest

from helpers.observation_without_casa import measurementset
from pipeline_gfluxscale import stages
from pipeline_gfluxscale.errors import StageFailedError
from pipeline_gfluxscale.pipeline.basetask import Results, ResultsList
from pipeline_gfluxscale.pipeline.context import Context
from pipeline_gfluxscale.pipeline.stage import Stage
from pipeline_gfluxscale.recipes.recipe import Command, check_commands, read_recipe
from pipeline_gfluxscale.recipes.run_recipe import run_commands

SESSIONS = {"x": "session_1", "y.ms": "session_2"}


@pytest.fixture
def context(tmp_path):
    context = Context(output_dir=tmp_path)
    for name in ("x.ms", "y.ms"):
        context.add(measurementset(tmp_path / name))
    return context


@pytest.fixture
def given(monkeypatch):
    """What the stages hifa_importdata, hif_session and hif_fails were given, in order."""
    calls = []

    def importing(context, vis=None, session=None, dbservice=True):
        calls.append((vis, session, dbservice))
        return ResultsList([Results("x.ms")])

    def with_session(context, vis=None, session=None):
        calls.append((vis, session))
        return ResultsList([Results("x.ms")])

    def failing(context, vis=None):
        return ResultsList([Results("x.ms"), Results("y.ms", error="no data")])

    for name, function in (("hifa_importdata", importing), ("hif_session", with_session), ("hif_fails", failing)):
        monkeypatch.setitem(stages.STAGES, name, Stage(name, "", lambda function=function: function))
    return calls


def test_an_import_gets_the_data_and_their_sessions_in_order(context, given):
    vis = [Path("/rawdata/y.ms"), Path("/rawdata/x")]
    list(run_commands(context, [Command("hifa_importdata", {"dbservice": False})], vis, SESSIONS))
    assert given == [(["/rawdata/y.ms", "/rawdata/x"], ["session_2", "session_1"], False)]


def test_other_stages_get_the_sessions_of_their_data_by_name(context, given):
    list(run_commands(context, [Command("hif_session")], [], SESSIONS))
    assert given == [(None, {"x.ms": "session_1", "y.ms": "session_2"})]


def test_a_recipe_may_say_otherwise(context, given):
    list(run_commands(context, [Command("hif_session", {"session": ["a", "b"]})], [], SESSIONS))
    assert given == [(None, ["a", "b"])]


def test_a_stage_that_fails_ends_the_recipe_and_is_named(context, given):
    with pytest.raises(StageFailedError, match=r"hif_fails failed for y\.ms: no data"):
        list(run_commands(context, [Command("hif_fails"), Command("hif_session")]))
    assert given == []
    assert context.stage == 0


def test_data_for_which_a_stage_fails_are_left_out_on_request(context, given, monkeypatch):
    tried = []

    def failing(context, vis=None):
        tried.append(list(context.data))
        return ResultsList(Results(name, error="no data" if name == "y.ms" else "") for name in context.data)

    monkeypatch.setitem(stages.STAGES, "hif_fails", Stage("hif_fails", "", lambda: failing))
    left_out = {}
    commands = [Command("hif_fails"), Command("hif_session")]
    done = [command.name for command, _ in run_commands(context, commands, left_out=left_out)]
    assert done == ["hif_fails", "hif_session"]
    assert tried == [["x.ms", "y.ms"], ["x.ms"]]
    assert left_out == {"y.ms": "no data"}
    assert list(context.data) == ["x.ms"]


def test_data_that_cannot_be_imported_are_left_out_on_request(context, monkeypatch):
    tried = []

    def importing(context, vis=None):
        tried.append(vis)
        return ResultsList(Results(Path(path).name, error="bad" * path.endswith("y")) for path in vis)

    monkeypatch.setitem(stages.STAGES, "hifa_importdata", Stage("hifa_importdata", "", lambda: importing))
    left_out = {}
    list(run_commands(context, [Command("hifa_importdata")], [Path("/x"), Path("/y")], left_out=left_out))
    assert tried == [["/x", "/y"], ["/x"]]
    assert left_out == {"y": "bad"}


def test_a_stage_that_fails_for_all_ends_the_recipe(context, monkeypatch):
    def failing(context, vis=None):
        return ResultsList(Results(name, error="no data") for name in context.data)

    monkeypatch.setitem(stages.STAGES, "hif_fails", Stage("hif_fails", "", lambda: failing))
    with pytest.raises(StageFailedError):
        list(run_commands(context, [Command("hif_fails")], left_out={}))


def test_the_recipe_of_the_package_can_be_run():
    recipe = read_recipe("procedure_hifa_gfluxscale")
    check_commands(recipe.commands, recipe.title)
    assert "hifa_gfluxscale" in [command.name for command in recipe.commands]
