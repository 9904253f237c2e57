"""The one pass, and CASA's own, beside applycal and the average by its definition."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from helpers.applied_by_casa import averages_of, by_applycal, randomise
from pipeline_gfluxscale.casa import runtime
from pipeline_gfluxscale.casa.tools import open_table, query
from pipeline_gfluxscale.casa.working_copy import create_averaged
from pipeline_gfluxscale.domain.calibration import CalTable
from pipeline_gfluxscale.simulation import standard_plan
from pipeline_gfluxscale.simulation.system_temperatures import with_system_temperatures
from pipeline_gfluxscale.stages.shared.batches import Exclusions
from pipeline_gfluxscale.stages.shared.casa_pass import append_by_casa, flag_excluded
from pipeline_gfluxscale.stages.shared.one_pass import append_in_one_pass
from pipeline_gfluxscale.stages.shared.parts import Part
from pipeline_gfluxscale.stages.shared.prior_calibration import PriorTables, only_for_casa

PLAN = with_system_temperatures(standard_plan("quasar", antennas=5, channels=12, phase_scans=2, wild=False))
SPWS = range(4)  # those of the system temperatures follow
BANDPASS, PHASE, REFERENCE = 0, 1, 3
SOLVES = {
    "G": ("gaincal", {"field": "0,1,3", "solint": "int", "calmode": "ap"}),
    "T": ("gaincal", {"field": "1", "solint": "int", "gaintype": "T"}),
    "K": ("gaincal", {"field": "0", "solint": "inf", "gaintype": "K"}),
    "B": ("bandpass", {"field": "0,1", "solint": "12s", "bandtype": "B"}),
    "B of 5 channels": ("bandpass", {"field": "0", "solint": "inf,5ch", "bandtype": "B"}),
}


@pytest.fixture(scope="module")
def vis(observation, tmp_path_factory) -> Path:
    """An MS whose data have flags."""
    directory = tmp_path_factory.mktemp("against_casa")
    path = directory / "observed.ms"
    shutil.copytree(observation(PLAN) / "observed.ms", path)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(directory)
        with open_table(path, write=True) as table:
            flag = table.getcol("FLAG")
            flag |= np.random.default_rng(1).random(flag.shape) < 0.1
            table.putcol("FLAG", flag)
            table.putcol("FLAG_ROW", np.arange(flag.shape[2]) % 97 == 0)
    return path


@pytest.fixture(scope="module")
def tables(vis) -> dict[str, Path]:
    """Tables of each kind, filled with random solutions: smooth, as those of instruments are."""
    made = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(vis.parent)
        for name, (task, parameters) in SOLVES.items():
            made[name] = vis.parent / f"{name.replace(' ', '_')}.tbl"
            solve = getattr(runtime.casatasks(), task)
            solve(
                vis=str(vis), caltable=str(made[name]), spw="4~7", refant="DA41", minblperant=2, minsnr=0, **parameters
            )
            randomise(made[name], seed=len(made))
        made["Tsys"] = vis.parent / "tsys.tbl"
        runtime.casatasks().gencal(vis=str(vis), caltable=str(made["Tsys"]), caltype="tsys")
        randomise(made["Tsys"], seed=9)
        made["positions"] = vis.parent / "positions.tbl"
        runtime.casatasks().gencal(
            vis=str(vis), caltable=str(made["positions"]), caltype="antpos", antenna="DA42", parameter=[0, 0, 1e-3]
        )
        randomise(made["positions"], seed=10)
        with open_table(made["positions"], write=True) as table:
            table.removerows([1])  # an antenna without a correction
    return made


TSYS = (4, 5, 6, 7)
CASES = {
    "gains": [("G", {"interp": "linear"})],
    "nearest": [("G", {"interp": "nearest"})],
    "phase delay": [("G", {"interp": "linearPD", "spwmap": (2, 2, 2, 2)})],
    "field by id": [("G", {"interp": "linear", "gainfield": "0,3"})],
    "field by name": [("T", {"interp": "linear", "gainfield": "J0309+1029"})],
    "nearest field": [("G", {"interp": "linear", "gainfield": "nearest"})],
    "scalar": [("T", {"interp": "linearperobs"})],
    "delays": [("K", {"interp": "nearest", "spwmap": (1,)})],
    "delays of other spws": [("K", {"interp": "linear", "spwmap": (1, 1, 0, 0)})],
    "bandpass": [("B", {"interp": "linear,linear"})],
    "bandpass of another spw": [("B", {"interp": "nearest,nearest", "spwmap": (1, 0, 3, 2)})],
    "bandpass with flags kept": [("B of 5 channels", {"interp": "linear,linearflag"})],
    "bandpass with nearest flags kept": [("B of 5 channels", {"interp": "linear,nearestflag"})],
    "system temperatures": [("Tsys", {"interp": "linear,linear", "spwmap": TSYS})],
    "positions": [("positions", {"interp": "nearest", "spwmap": (1, 1, 0, 0)})],
    "all at once": [
        ("Tsys", {"interp": "linear,nearest", "spwmap": TSYS}),
        ("K", {"interp": "linear"}),
        ("positions", {"interp": "linear"}),
        ("B", {"interp": "linearperobs,linearflag"}),
        ("G", {"interp": "nearest", "gainfield": "1"}),
    ],
}


def test_against_applycal(vis, tables, tmp_path, monkeypatch):
    """Each case in a field and spw of its own; flags are equal, averages agree within 1e-5 of their mean.

    Weights agree within 1e-4: the quotients of single-precision numbers that they are compared with.
    """
    monkeypatch.chdir(tmp_path)
    places = [(field, spw) for field in (PHASE, BANDPASS, REFERENCE, 4) for spw in SPWS]
    parts = [
        Part(*place, tuple(range(40)), tables=tuple(CalTable(str(tables[name]), **how) for name, how in case))
        for place, case in zip(places, CASES.values(), strict=False)
    ]
    assert only_for_casa(PriorTables(vis), parts) == {}
    expected = by_applycal(vis, parts, tmp_path / "applied.ms")
    create_averaged(vis, tmp_path / "averaged.ms")
    append_in_one_pass(PriorTables(vis), tmp_path / "averaged.ms", parts)
    for name, one, other in zip(CASES, expected, averages_of(tmp_path / "averaged.ms", parts), strict=True):
        good = ~one.flag
        assert good.any(), name
        np.testing.assert_array_equal(one.flag, other.flag, err_msg=name)
        scale = np.abs(one.data[good]).mean()
        # Complex64.
        np.testing.assert_allclose(other.data[good], one.data[good], rtol=0, atol=1e-5 * scale, err_msg=name)
        # Float32, and CASA's order of products.
        np.testing.assert_allclose(other.weight[good], one.weight[good], rtol=1e-4, err_msg=name)


def test_what_only_casa_applies(vis, tables, tmp_path, monkeypatch):
    """Its averages are those of applycal too; of its weights, which CASA averages before flags, little is asked."""
    monkeypatch.chdir(tmp_path)
    how = CalTable(str(tables["B"]), interp="linear,cubic", gainfield="0")
    parts = [Part(PHASE, spw, tuple(range(40)), tables=(how,)) for spw in SPWS]
    assert set(only_for_casa(PriorTables(vis), parts).values()) == {"B.tbl: interpolation 'linear,cubic'"}
    expected = by_applycal(vis, parts, tmp_path / "applied.ms")
    create_averaged(vis, tmp_path / "averaged.ms")
    append_by_casa(vis, tmp_path / "averaged.ms", parts, Exclusions(), lambda *_: None)
    assert not (tmp_path / "transformed.ms").exists()
    for one, other in zip(expected, averages_of(tmp_path / "averaged.ms", parts), strict=True):
        good = ~one.flag
        np.testing.assert_array_equal(one.flag, other.flag)
        # Complex64.
        np.testing.assert_allclose(other.data[good], one.data[good], rtol=0, atol=1e-5 * np.abs(one.data[good]).mean())
        ratio = other.weight[good] / one.weight[good]
        np.testing.assert_allclose(ratio, np.median(ratio), rtol=0.2)  # CASA weights channels by their flags


def test_casa_is_given_data_without_what_does_not_count(vis, tables, tmp_path, monkeypatch):
    """A correlator's zeros: the averages are those of the data in which they are flagged."""
    monkeypatch.chdir(tmp_path)
    parts = [Part(PHASE, 0, tuple(range(40)), tables=(CalTable(str(tables["B"]), interp="linear,cubic"),))]
    averages = []
    for name, column, value in (("zero.ms", "DATA", 0), ("flagged.ms", "FLAG", True)):
        shutil.copytree(vis, tmp_path / name)
        with open_table(tmp_path / name, write=True) as table:
            values = table.getcol(column)
            values[:, 2:5, ::3] = value
            table.putcol(column, values)
        create_averaged(tmp_path / name, tmp_path / "averaged.ms")
        exclusions = Exclusions()

        def clean(copy: Path, members: Sequence[Part]) -> None:
            flag_excluded(copy, members, Exclusions())

        append_by_casa(tmp_path / name, tmp_path / "averaged.ms", parts, exclusions, clean)
        assert exclusions.left_out.has_any == (column == "DATA")
        averages += averages_of(tmp_path / "averaged.ms", parts)
    np.testing.assert_array_equal(averages[0].flag, averages[1].flag)
    np.testing.assert_allclose(averages[0].data, averages[1].data, rtol=1e-5, atol=1e-6)  # complex64
    np.testing.assert_allclose(averages[0].weight, averages[1].weight, rtol=1e-5)  # float32


def test_the_result_does_not_depend_on_how_the_data_are_cut(vis, tables, tmp_path, monkeypatch):
    """To the last bit: pieces of a few rows, of all rows, and rows in another order."""
    monkeypatch.chdir(tmp_path)
    all_tables = tuple(CalTable(str(tables[name]), **how) for name, how in CASES["all at once"])
    parts = [Part(PHASE, spw, tuple(range(40)), tables=all_tables) for spw in SPWS]
    found = []
    for visibilities in (200, 10**9):
        monkeypatch.setattr("pipeline_gfluxscale.stages.shared.batches._piece_visibilities", lambda n=visibilities: n)
        create_averaged(vis, tmp_path / "averaged.ms")
        append_in_one_pass(PriorTables(vis), tmp_path / "averaged.ms", parts)
        found.append(averages_of(tmp_path / "averaged.ms", parts))
    shuffled = tmp_path / "shuffled.ms"
    with open_table(vis) as table, query(table, "", sortlist="ANTENNA2, ANTENNA1, TIME") as rows:
        rows.copy(str(shuffled), deep=True, valuecopy=True).close()
    create_averaged(shuffled, tmp_path / "averaged.ms")
    append_in_one_pass(PriorTables(shuffled), tmp_path / "averaged.ms", [replace(part) for part in parts])
    found.append(averages_of(tmp_path / "averaged.ms", parts))
    for others in zip(*found, strict=True):
        for other in others[1:]:
            for one, another in zip(vars(others[0]).values(), vars(other).values(), strict=True):
                np.testing.assert_array_equal(one, another)
