"""Of several MeasurementSets, one that cannot be read fails alone; a call that is wrong fails as a whole."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from helpers.small_observation import PLAN
from pipeline_gfluxscale import hifa_gfluxscale, session_gfluxscale
from pipeline_gfluxscale.casa import trial_opening
from pipeline_gfluxscale.casa.tools import open_table
from pipeline_gfluxscale.cli.main import cli
from pipeline_gfluxscale.errors import InputError, StageFailedError, UnreadableDataError
from pipeline_gfluxscale.pipeline.context import Context
from pipeline_gfluxscale.recipes.recipe import Command
from pipeline_gfluxscale.recipes.run_recipe import run_commands


def _overwritten(file: Path) -> None:
    file.write_bytes(b"\x5a" * file.stat().st_size)


def _file_of_column(vis: Path, column: str) -> Path:
    """Return the file that the values of a column are in."""
    with open_table(vis) as table:
        managers = list(table.getdminfo().values())
    number = next(each["SEQNR"] for each in managers if column in each["COLUMNS"])
    return next(file for file in (vis / f"table.f{number}_TSM1", vis / f"table.f{number}_TSM0") if file.exists())


def _contradiction(vis: Path) -> None:
    with open_table(vis / "DATA_DESCRIPTION", write=True) as table:
        table.putcell("POLARIZATION_ID", 0, 9)


DAMAGES: dict[str, Callable[[Path], None]] = {
    "a storage manager's file is overwritten": lambda vis: _overwritten(vis / "table.f1"),
    "a storage manager's file is missing": lambda vis: (vis / "table.f1").unlink(),
    "the description of the table is overwritten": lambda vis: _overwritten(vis / "table.dat"),
    "the flags are cut off": lambda vis: os.truncate(_file_of_column(vis, "FLAG"), 1000),
    "the data are missing": lambda vis: _file_of_column(vis, "DATA").unlink(),
    "SOURCE is missing": lambda vis: shutil.rmtree(vis / "SOURCE"),
    "SOURCE is overwritten": lambda vis: _overwritten(vis / "SOURCE" / "table.f0"),
    "FIELD is missing": lambda vis: shutil.rmtree(vis / "FIELD"),
    "FIELD is overwritten": lambda vis: _overwritten(vis / "FIELD" / "table.f0"),
    "an id is that of no row": _contradiction,
}


@pytest.fixture
def several(copied, tmp_path, monkeypatch) -> Callable[..., list[str]]:
    """Return a function that makes MeasurementSets in the working directory, and damages all but the last."""
    monkeypatch.chdir(tmp_path)

    def make(*damages: str) -> list[str]:
        names = [f"bad{number}.ms" for number in range(len(damages))] + ["good.ms"]
        for name, damage in zip(names, (*damages, ""), strict=True):
            vis = copied(PLAN, tmp_path, name)
            if damage:
                DAMAGES[damage](vis)
        return names

    return make


def _checked(results):
    """Assert that all but the last failed, that they say so, and that the last is complete."""
    *bad, good = results
    for each in bad:
        assert each.error
        assert [(score.score, score.band) for score in each.qa if score.metric == "completeness"] == [(0.0, "red")]
    assert good.error == ""
    assert len(good.measurements) == 4
    return [each.error for each in bad]


def test_they_cost_their_own_ms_only(several):
    names = several(*DAMAGES)
    results = hifa_gfluxscale(names)
    assert [each.vis for each in results] == names
    errors = dict(zip(DAMAGES, _checked(results), strict=True))
    assert "CASA cannot open" in errors["a storage manager's file is overwritten"]
    assert "its file table.f1 is missing" in errors["a storage manager's file is missing"]
    assert "is cut off" in errors["the flags are cut off"]
    assert "sub-table SOURCE is missing" in errors["SOURCE is missing"]
    assert "contradicts itself" in errors["an id is that of no row"]


def test_a_single_one_is_an_error(several):
    bad, _ = several("SOURCE is missing")
    with pytest.raises(UnreadableDataError, match="sub-table SOURCE is missing"):
        hifa_gfluxscale(bad)


def test_the_words_of_casa_are_in_the_error_and_not_on_the_terminal(several, capfd):
    bad, _ = several("a storage manager's file is missing")
    with pytest.raises(UnreadableDataError, match=r"its file table\.f1 is missing"):
        hifa_gfluxscale(bad)
    assert "SEVERE" not in "".join(capfd.readouterr())


def test_damage_at_which_casa_ends_the_process_is_an_error(several, monkeypatch):
    """Also of a single one: the first byte of a description is looked for at which CASA gives up."""
    monkeypatch.setattr(trial_opening, "_LONGEST", 5.0)  # s; bytes at which CASA does not end are as good
    vis = Path(several()[0])
    description = vis / "ANTENNA" / "table.dat"
    whole = description.read_bytes()

    def ends(position: int) -> bool:
        description.write_bytes(whole[:position] + b"\xff" + whole[position + 1 :])
        trial_opening.open_for_trial([vis])
        try:
            trial_opening.check_survives(vis.absolute())
        except UnreadableDataError:
            return True
        return False

    assert any(ends(position) for position in range(len(whole)))
    with pytest.raises(UnreadableDataError, match=r"CASA (ends the process|does not end)"):
        hifa_gfluxscale(vis)


def test_a_wrong_argument_is_an_error_before_work(several):
    """Whatever else is wrong with the data."""
    bad, good = several("SOURCE is missing")
    for vis, arguments, says in [
        ([bad, good, "no.ms"], {}, "no such MeasurementSet"),
        ([bad, good, good], {}, "named twice"),
        ([bad, good, f"{good}/FIELD"], {}, "not a MeasurementSet"),
        ([bad, good], {"reference": "x"}, "no field 'x'"),
        ([bad, good], {"solint": {"other.ms": "inf"}}, "'other.ms' is not a MeasurementSet of this run"),
    ]:
        with pytest.raises(InputError, match=says):
            hifa_gfluxscale(vis, **arguments)
    assert not Path("casa_commands.log").exists()


def test_the_command(several):
    """Status 1, and what was found for the others is written; a value for the bad one is no error."""
    bad, good = several("FIELD is overwritten")
    done = CliRunner().invoke(cli, ["run", bad, good, "--json", "out.json", "--table", "out.ecsv"])
    assert done.exit_code == 1
    found = json.loads(Path("out.json").read_text())["results"]
    assert [each["vis"] for each in found] == [bad, good]
    assert "FIELD" in found[0]["error"]
    assert len(found[1]["measurements"]) == 4
    assert list(Path("weblog").glob("*.html"))


def test_sessions_and_workers(several):
    bad, good = several("the data are missing")
    _checked(session_gfluxscale([bad, good], session=["a", "b"], solint={bad: "inf"}, parallel=True))


def test_a_recipe_stops(several, tmp_path):
    """At the import, by a stage or without one; the context stays as it was."""
    names = several("FIELD is missing")
    paths = [Path(name).absolute() for name in names]
    for commands in ([Command("hifa_importdata"), Command("hif_refant")], [Command("hif_refant")]):
        context = Context(tmp_path)
        with pytest.raises(StageFailedError, match=f"{names[0]}.*lacks FIELD"):
            list(run_commands(context, commands, paths))
        assert not context.data
        assert not context.records
