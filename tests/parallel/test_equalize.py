"""Models on the common scale of a session, of which one MeasurementSet adopts flux densities, on each engine."""

import json
from pathlib import Path

import numpy as np
import pytest

from helpers.shell_runs import Engine, comparable, start
from pipeline_gfluxscale.casa.tools import open_table
from pipeline_gfluxscale.simulation import standard_plan

NAMES = ("good.ms", "off.ms", "lonely.ms")
WRONG = 1.2  # what the catalogue's flux density of the reference is multiplied by in off.ms
OPTIONS = ("--session", "--equalize", "--json", "results.json")


def observe(copied, directory: Path) -> None:
    """Make the same small observation three times: as it is, with a wrong catalogue entry, without a reference."""
    for name in NAMES:
        reference = "none" if name == "lonely.ms" else "quasar"
        plan = standard_plan(
            reference, spw_frequencies=(224e9, 240e9), channels=4, antennas=5, phase_scans=1, check_flux_jy=None,
            wild=False, noise_jy=0.03, catalogue_error=0.0,
        )  # fmt: skip
        copied(plan, directory, name)
    rows = [line.split(",") for line in (directory / "flux.csv").read_text().splitlines()]
    for row in rows:
        if row[0] == "off.ms" and "AMPLITUDE" in ",".join(row):
            row[3] = str(WRONG * float(row[3]))
    (directory / "flux.csv").write_text("\n".join(",".join(row) for row in rows) + "\n")


def models(directory: Path) -> dict[str, np.ndarray]:
    """Return MODEL_DATA of each MeasurementSet."""
    found = {}
    for name in NAMES:
        with open_table(directory / name) as table:
            found[name] = table.getcol("MODEL_DATA")
    return found


def run(engine: Engine, directory: Path, *options: str) -> dict:
    """Run the stage, and return its JSON."""
    done = start(engine, directory, *NAMES, *options)
    assert done.finish() == 0, done.text
    return json.loads((directory / "results.json").read_text())


@pytest.fixture(scope="session")
def serial_equalized(copied, tmp_path_factory) -> tuple[Path, dict, dict[str, np.ndarray]]:
    """Return the directory, the JSON and the models of a serial run."""
    directory = tmp_path_factory.mktemp("equalized")
    observe(copied, directory)
    return directory, run(Engine("serial"), directory, *OPTIONS), models(directory)


def test_adopted_flux_densities_count_once_and_get_the_factors_of_their_sources(serial_equalized):
    _, found, written = serial_equalized
    blocks = {block["vis"]: block for block in found["agreement"]["blocks"]}
    # The blocks are copies of one.
    assert blocks["good.ms"]["factor"] / blocks["off.ms"]["factor"] == pytest.approx(WRONG, rel=1e-3)
    assert blocks["lonely.ms"]["factor"] is None
    assert "no flux densities of its own" in blocks["lonely.ms"]["message"]
    assert {source["n"] for source in found["agreement"]["sources"]} == {2}
    by_name = {each["vis"]: each for each in found["results"]}
    factors = [blocks[name]["factor"] for name in NAMES[:2]]
    for m, *sources in zip(*(by_name[name]["measurements"] for name in reversed(NAMES)), strict=True):
        assert m["adopted_from"] == ["good.ms", "off.ms"]
        common = [f * s["derived"]["I"] for f, s in zip(reversed(factors), sources, strict=True)]
        assert m["model_factor"] * m["derived"]["I"] == pytest.approx(np.mean(common), rel=1e-9)  # rounding
        assert common[0] == pytest.approx(common[1], rel=1e-3)  # the blocks are copies of one
    assert any("adopted flux densities times" in words for words in by_name["lonely.ms"]["assumptions"])
    phase = by_name["lonely.ms"]["measurements"][-1]  # without a spectral index
    expected = phase["model_factor"] * phase["derived"]["I"]
    assert np.abs(np.abs(written["lonely.ms"]) - expected).min() < 1e-6 * expected  # single precision


@pytest.mark.parametrize("engine", ["local"], indirect=True)
def test_engines_write_what_a_serial_run_writes(engine, copied, tmp_path, serial_equalized):
    serial_directory, serial_found, serial_models = serial_equalized
    observe(copied, tmp_path)
    found = run(engine, tmp_path, *OPTIONS, "--parallel", "true")
    assert found["agreement"] == serial_found["agreement"]
    assert comparable(found, tmp_path) == comparable(serial_found, serial_directory)
    for name, model in models(tmp_path).items():
        np.testing.assert_array_equal(model, serial_models[name])


def test_a_run_without_equalize_sets_the_models_of_a_session_back(serial_equalized):
    directory, found, equal = serial_equalized
    again = run(Engine("serial"), directory, "--session", "--json", "results.json")
    for each, before in zip(again["results"], found["results"], strict=True):
        for m, other in zip(each["measurements"], before["measurements"], strict=True):
            assert m["derived"] == other["derived"]
            assert m["model_factor"] == 1.0
    now = models(directory)
    for each in found["results"]:
        factor = each["measurements"][0]["model_factor"]
        changed = ~np.isclose(np.abs(now[each["vis"]]), np.abs(equal[each["vis"]]), rtol=1e-6)  # complex64
        ratio = np.abs(equal[each["vis"]][changed] / now[each["vis"]][changed])
        assert ratio.size
        np.testing.assert_allclose(ratio, factor, rtol=1e-3)  # the factors of the spws differ by less
