"""The same four MeasurementSets on each engine: one as it should be, one without an amplitude calibrator, one broken,
one whose worker is killed half-way."""

import ast
import json
import re
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest

from helpers.busy_observation import plan
from helpers.shell_runs import COMMAND, Engine, ShellRun, comparable, is_alive, start, wait_until
from pipeline_gfluxscale.casa.tools import open_table, query

NAMES = ("killed.ms", "lonely.ms", "broken.ms", "good.ms")
SERIAL = Engine("serial")


@pytest.fixture
def directory(copied, tmp_path) -> Path:
    """A directory with the four MeasurementSets."""
    for seed, name in enumerate(NAMES):
        copied(plan("none" if name == "lonely.ms" else "quasar", seed), tmp_path, name)
    break_data(tmp_path / "broken.ms")
    return tmp_path


def break_data(vis: Path) -> None:
    """Cut the file that holds the visibilities: nothing is amiss until they are read."""
    with open_table(vis) as table:
        managers = table.getdminfo().values()
    number = next(m["SEQNR"] for m in managers if "DATA" in m["COLUMNS"])
    (data,) = vis.glob(f"table.f{number}_TSM*1")
    with data.open("r+b") as file:
        file.truncate(data.stat().st_size // 3)


@pytest.fixture(scope="session")
def serial_run(copied, tmp_path_factory) -> tuple[dict, dict]:
    """The results of a serial run, of which a worker is killed, and the models of the MSs that are not broken."""
    directory = tmp_path_factory.mktemp("serial")
    for seed, name in enumerate(NAMES):
        copied(plan("none" if name == "lonely.ms" else "quasar", seed), directory, name)
    break_data(directory / "broken.ms")
    run = start(SERIAL, directory, *NAMES, "--session", "--json", "results.json")
    run.kill_worker("killed.ms", "Solve")
    assert run.finish() == 1, run.text
    assert list(directory.glob(".*")) == []
    models = {name: all_models(directory / name) for name in ("lonely.ms", "good.ms")}
    return comparable(json.loads((directory / "results.json").read_text()), directory), models


def test_a_death_in_a_serial_run_costs_only_its_own_ms(serial_run):
    """The other MSs are worked on by the next worker."""
    results, _ = serial_run
    assert "SIGKILL in the step 'Solve'" in results["killed.ms"]["error"]
    assert not results["good.ms"]["error"]
    assert len(results["good.ms"]["measurements"]) == 4
    assert results["lonely.ms"]["adopted_from"] == ["good.ms"]


def test_what_dies_costs_only_its_own_ms(engine, directory, serial_run):
    serial_results, serial_models = serial_run
    run = start(engine, directory, *NAMES, "--session", "--parallel", "automatic", "--json", "results.json")
    run.kill_worker("killed.ms", "Solve")
    assert run.finish() == 1, run.text
    found = json.loads((directory / "results.json").read_text())
    assert [each["vis"] for each in found["results"]] == list(NAMES)
    results = comparable(found, directory)

    killed = results.pop("killed.ms")
    assert "SIGKILL in the step 'Solve'" in killed["error"]
    assert [score["score"] for score in killed["qa"] if score["metric"] == "completeness"] == [0.0]
    assert killed["measurements"] == []

    assert results["broken.ms"]["error"]
    assert not results["good.ms"]["error"]
    assert len(results["good.ms"]["measurements"]) == 4
    assert results["lonely.ms"]["adopted_from"] == ["good.ms"]
    assert results == {name: each for name, each in serial_results.items() if name != "killed.ms"}

    assert_labelled(run)
    assert_commands_in_order(directory / "casa_commands.log")
    assert_models_adopted(directory / "lonely.ms", results["lonely.ms"], results["good.ms"])
    for name, expected in serial_models.items():
        np.testing.assert_array_equal(all_models(directory / name), expected)
    assert list(directory.glob(".*")) == []


def assert_labelled(run: ShellRun) -> None:
    """What a worker says carries the name of its MS."""
    for name in ("killed.ms", "good.ms"):
        assert f"{name}: Select" in run.text
    assert "good.ms: Measure" in run.text
    assert "good.ms: done after" in run.text
    assert re.search(
        r"killed.ms: failed after [\d.]+ s \(\d of 2\): its worker was killed by SIGKILL in the step", run.text
    )


def assert_commands_in_order(log: Path) -> None:
    """The commands are Python, and those of each MS stand together under its name."""
    text = log.read_text()
    ast.parse(text)
    _, *parts = re.split(rf"^# ({'|'.join(NAMES)})$", text, flags=re.MULTILINE)
    # The one that adopts is the last, as it has to wait for the others. Nothing is run on the broken one.
    assert parts[::2] == ["killed.ms", "good.ms", "lonely.ms"]
    for name, section in zip(parts[::2], parts[1::2], strict=True):
        others = set(NAMES) - {name}
        assert not any(f"'{other}'" in section or f"/{other}" in section for other in others)


def assert_models_adopted(vis: Path, lonely: dict, good: dict) -> None:
    """The fluxes of the one other MS are in the results as they are there, and in MODEL_DATA of these fields only."""
    theirs = {(m["field"], m["spw"]): m for m in good["measurements"]}
    assert lonely["measurements"]
    for m in lonely["measurements"]:
        other = theirs[m["field"], m["spw"]]
        assert (m["derived"], m["calibrated"]) == (other["derived"], other["calibrated"])
        centre = np.abs(model(vis, m["field_id"], m["spw"])).mean()
        assert centre == pytest.approx(m["derived"]["I"], rel=1e-4)  # complex64, summed
    target = model(vis, 2, 0)
    np.testing.assert_array_equal(target, np.ones_like(target))


def all_models(vis: Path) -> np.ndarray:
    with open_table(vis) as table:
        return table.getcol("MODEL_DATA")


def model(vis: Path, field: int, spw: int) -> np.ndarray:
    with open_table(vis) as table, query(table, f"FIELD_ID == {field} && DATA_DESC_ID == {spw}") as rows:
        return rows.getcol("MODEL_DATA")


def test_ctrl_c_stops_all_workers(engine, directory):
    run = start(engine, directory, "killed.ms", "good.ms", "--parallel", "true", "--json", "results.json")
    pids = [int(run.wait_for(rf"{name}: process (\d+) on").group(1)) for name in ("killed.ms", "good.ms")]
    run.wait_for(r"good.ms: Average")
    run.process.send_signal(signal.SIGINT)
    assert run.finish() != 0
    assert wait_until(lambda: not any(is_alive(pid) for pid in pids))
    assert not (directory / "results.json").exists()
    if engine.name != "mpi":  # mpirun kills all ranks; the next run cleans up
        assert list(directory.glob(".gfluxscale*")) == []


def test_help_names_the_engines():
    text = subprocess.run([*COMMAND, "--help"], capture_output=True, text=True, check=True).stdout
    assert "mpirun" in text
    assert "--dask" in text
    assert "--session" in text


@pytest.mark.parametrize("engine", ["mpi"], indirect=True)
def test_under_mpirun_only_one_process_ever_works(engine, copied, tmp_path):
    """Without `parallel`, the others would work on the same MS at the same time."""
    copied(plan("bandpass", 1), tmp_path, "good.ms")
    run = start(engine, tmp_path, "good.ms")
    assert run.finish() == 0, run.text
    assert sum("Measure" in line for line in run.lines) == 1
