"""``gfluxscale run`` from a shell: options, files, what it prints, and its status."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from astropy import units as u
from astropy.table import QTable
from jsonschema import Draft202012Validator

from helpers.shell_command import Shell, gfluxscale
from helpers.small_observation import quick_plan
from pipeline_gfluxscale.cli.schema import schema_of_file
from pipeline_gfluxscale.domain.flux import StokesFlux
from pipeline_gfluxscale.files.fluxcsv import catalogue_for, read_flux_csv
from pipeline_gfluxscale.stages.gfluxscale.serialization import read_results

PLAN = quick_plan(wild=True)
# Every option but --calstate, with values that change little.
OPTIONS = (
    "--reference J0423-0120 --transfer 0,1 --refintent AMPLITUDE --transintent PHASE,BANDPASS --refspwmap 0,1 "
    "--reffile flux.csv --phaseupsolint int --solint inf --minsnr 3 --refant DA43,DA44 --hm-resolvedcals manual "
    "--antenna DA41,DA42,DA43,DA44,DA45,DA46 --peak-fraction 0.3 --amp-outlier-sigma 40 --parallel false "
    "--output-dir work --json results.json --table fluxes.ecsv --flux-csv derived.csv --no-weblog"
)


@pytest.fixture(scope="module")
def directory(copied, tmp_path_factory) -> Path:
    """Return a directory with an observation."""
    directory = tmp_path_factory.mktemp("shell")
    copied(PLAN, directory)
    (directory / "work").mkdir()
    return directory


@pytest.fixture(scope="module")
def full(directory) -> Shell:
    """Return a run with every option."""
    return gfluxscale(directory, "run", "observed.ms", *OPTIONS.split())


@pytest.fixture(scope="module")
def result(full) -> dict[str, Any]:
    """Return what --json wrote for the MS."""
    (result,) = json.loads((full.directory / "results.json").read_text())["results"]
    return result


def test_the_file_follows_its_schema(full, result):
    content = json.loads((full.directory / "results.json").read_text())
    assert list(Draft202012Validator(schema_of_file("results")).iter_errors(content)) == []
    (again,) = read_results(full.directory / "results.json")
    assert again.to_dict() == result


def test_status_and_options(full, result):
    assert full.status == 0, full.err[-2000:]
    assert result["error"] == ""
    assert result["reference"] == ["J0423-0120"]
    assert result["transfer"] == ["J0238+1636", "J0309+1029"]
    assert result["refant"] == "DA43"
    assert result["resolved"]["antennas"] == ["DA41", "DA42", "DA43", "DA44", "DA45", "DA46"]
    assert (full.directory / "work" / "casa_commands.log").exists()
    assert list(full.directory.glob("*.tbl")) == []
    assert list((full.directory / "work").glob("observed.ms.hifa_gfluxscale.s1_*.tbl"))


def assert_shape(value: Any, shape: Any, where: str = "") -> None:
    """Assert that JSON has a shape: a type, a list of one shape, or a dictionary (more keys are fine)."""
    if isinstance(shape, dict):
        assert isinstance(value, dict), where
        for key, inner in shape.items():
            assert key in value, f"{where}.{key}"
            assert_shape(value[key], inner, f"{where}.{key}")
    elif isinstance(shape, list):
        assert isinstance(value, list), where
        for number, item in enumerate(value):
            assert_shape(item, shape[0], f"{where}[{number}]")
    else:
        assert isinstance(value, shape), f"{where} is {value!r}"


NUMBER = (int, float)
STOKES = {"I": NUMBER, "Q": NUMBER, "U": NUMBER, "V": NUMBER, "uncertainty": NUMBER}
MEASUREMENT = {
    "field": str,
    "field_id": int,
    "intents": [str],
    "spw": int,
    "frequency_hz": NUMBER,
    "bandwidth_hz": NUMBER,
    "derived": STOKES,
    "calibrated": STOKES | {"noise": NUMBER, "scale_uncertainty": NUMBER, "total_uncertainty": NUMBER},
    "catalogue": {"I": NUMBER, "spix": NUMBER, "origin": str, "age_days": NUMBER},
    "ratio": NUMBER,
    "spix": NUMBER,
}
FIT = {
    "field": str,
    "reference_hz": NUMBER,
    "I": NUMBER,
    "uncertainty": NUMBER,
    "spix": NUMBER,
    "spix_uncertainty": NUMBER,
    "catalogue_spix": NUMBER,
}
SCORE = {
    "metric": str,
    "score": NUMBER,
    "value": (int, float, type(None)),
    "units": str,
    "shortmsg": str,
    "longmsg": str,
    "applies_to": {"vis": str, "field": str, "spw": list, "intent": list},
}
RESULT = {
    "vis": str,
    "reference": [str],
    "transfer": [str],
    "refant": str,
    "resolved": {"antennas": [str], "uvrange": str},
    "flags": [str],
    "measurements": [MEASUREMENT],
    "spectral_fit": [FIT],
    "qa": [SCORE],
}


def test_shape_of_the_json(result):
    assert_shape(result, RESULT)
    assert [(m["field_id"], m["spw"]) for m in result["measurements"]] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert len(result["spectral_fit"]) == 2
    assert result["flags"]
    assert {score["metric"] for score in result["qa"]} >= {"completeness", "snr", "spectral_consistency"}
    for m in result["measurements"]:
        flux = m["calibrated"]
        assert flux["total_uncertainty"] ** 2 == pytest.approx(flux["noise"] ** 2 + flux["scale_uncertainty"] ** 2)
        assert m["ratio"] == pytest.approx(flux["I"] / m["catalogue"]["I"])


def test_ecsv_has_the_same_measurements_with_units(full, result):
    table = QTable.read(full.directory / "fluxes.ecsv")
    assert len(table) == 4
    assert table["frequency"].unit == u.Hz
    assert table["catalogue_age"].unit == u.day
    for name in ("derived", "calibrated", "scale_uncertainty", "total_uncertainty", "catalogue"):
        assert table[name].unit == u.Jy
    for row, m in zip(table, result["measurements"], strict=True):
        assert (row["vis"], row["field"], row["field_id"], row["spw"]) == (
            "observed.ms",
            m["field"],
            m["field_id"],
            m["spw"],
        )
        assert row["calibrated"].to_value("mJy") == pytest.approx(1000 * m["calibrated"]["I"])
        assert row["ratio"] == pytest.approx(m["ratio"])
    assert {score["metric"] for score in table.meta["qa"]} == {score["metric"] for score in result["qa"]}
    assert table.meta["blocks"] == []  # one MeasurementSet has nothing to be compared with


def test_the_references_own_flux_densities_are_in_json_and_ecsv(full, result):
    told = result["reference_fluxes"]
    assert [(flux["field"], flux["spw"]) for flux in told] == [("J0423-0120", 0), ("J0423-0120", 1)]
    entries = catalogue_for(read_flux_csv(full.directory / "flux.csv"), "observed.ms")
    table = QTable.read(full.directory / "fluxes.ecsv")
    assert [{**flux, "vis": "observed.ms"} for flux in told] == table.meta["reference_fluxes"]
    for flux in told:
        assert flux["I"] == entries[flux["field_id"], flux["spw"]].stokes.I
        assert flux["origin"] == "flux.csv (DB, 5 days old)"
        of_spw = table[table["spw"] == flux["spw"]]
        assert set(of_spw["reference_flux"].to_value("Jy")) == {flux["I"]}
        assert set(of_spw["reference"]) == {"J0423-0120"}


def test_derived_fluxes_can_be_given_back_as_reffile(full, result):
    entries = catalogue_for(read_flux_csv(full.directory / "derived.csv"), "observed.ms")
    assert {pair: entry.stokes for pair, entry in entries.items()} == {
        (m["field_id"], m["spw"]): StokesFlux(*(m["derived"][name] for name in "IQUV")) for m in result["measurements"]
    }
    again = gfluxscale(
        full.directory, "run", "observed.ms", "--reffile", "derived.csv", "--json", "again.json", "--no-weblog"
    )
    assert again.status == 0, again.err[-2000:]
    (second,) = json.loads((full.directory / "again.json").read_text())["results"]
    assert [m["catalogue"]["I"] for m in second["measurements"]] == [m["derived"]["I"] for m in result["measurements"]]
    assert {m["catalogue"]["origin"] for m in second["measurements"]} == {"hifa_gfluxscale"}


def test_progress_and_table_in_80_columns(full, result):
    assert max(map(len, full.out.splitlines())) <= 80
    for step in ("Select", "Reference model", "Average", "Solve", "Transfer", "Set models", "Measure"):
        assert f" INFO     {step} " in full.out
    printed = " ".join(full.out.split())
    for m in result["measurements"]:
        flux = f"{m['derived']['I']:.4f} {m['calibrated']['I']:.4f} {m['calibrated']['uncertainty']:.4f}"
        assert (
            f"{flux} {m['calibrated']['scale_uncertainty']:.4f} {m['catalogue']['I']:.4f} {m['ratio']:.3f}" in printed
        )
    for score in result["qa"]:
        assert f"QA {score['score']:4.2f} {score['metric']}: {score['longmsg']}" in printed


def test_no_reference_is_status_1_and_still_a_result(full):
    """The stage has nothing to do: an empty result, QA 0, and the shell knows."""
    vis = full.directory / "noref.ms"
    shutil.copytree(full.directory / "observed.ms", vis)
    done = gfluxscale(
        full.directory, "run", "noref.ms", "--refintent", "POLARIZATION", "--json", "none.json", "--no-weblog"
    )
    assert done.status == 1
    assert "no flux scale to transfer" in " ".join(done.out.split())
    (result,) = json.loads((full.directory / "none.json").read_text())["results"]
    assert result["measurements"] == []
    assert result["qa"][0]["score"] == 0


BAD = [
    (["run", "nothing.ms"], 1, "Error: vis='{here}/nothing.ms': no such MeasurementSet"),
    (["run", "observed.ms", "--reference", "nobody"], 1, "Error: reference='nobody': no field 'nobody'"),
    (["run", "observed.ms", "--peak-fraction", "2"], 1, "Error: peak_fraction=2.0: a number between 0 and 1"),
    (["run", "observed.ms", "--parallel", "maybe"], 1, "Error: parallel='maybe': unknown option"),
    (["run", "observed.ms", "--json", "no/where.json"], 1, "Error: --json='no/where.json': there is no directory"),
    (["run", "observed.ms", "--table", "work"], 1, "Error: --table='work': it is a directory"),
    (
        ["run", "observed.ms", "--refspwmap", "a,b"],
        2,
        "Error: Invalid value for --refspwmap: 'a,b' is not a list of spws",
    ),
    (["run", "observed.ms", "--minsnr", "two"], 2, "Error: Invalid value for '--minsnr': 'two' is not a valid float."),
    (["run", "observed.ms", "--spw", "1"], 2, "Error: No such option"),
    (["run"], 2, "Error: Missing argument 'VIS...'."),
]


@pytest.mark.parametrize(("arguments", "status", "message"), BAD)
def test_errors_are_one_line_on_stderr(directory, arguments, status, message):
    done = gfluxscale(directory, *arguments)
    assert done.status == status
    (line,) = [line for line in done.err.splitlines() if "Error" in line]
    assert line.startswith(message.format(here=directory))
    assert "Traceback" not in done.err
    assert "Error" not in done.out
