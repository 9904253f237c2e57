"""The model of a solar-system object, set by setjy, which writes files of its own."""

import importlib
from pathlib import Path

import numpy as np
import pytest

from helpers.stage_runs import REFERENCE, small_plan
from pipeline_gfluxscale.casa import runtime
from pipeline_gfluxscale.casa.solar_system_models import set_solar_system_model
from pipeline_gfluxscale.casa.tools import open_table
from pipeline_gfluxscale.simulation.ephemerides import attach_ephemerides


def test_files_of_another_run_in_the_current_directory_stay(simulated):
    """That run is on another MeasurementSet of the same name: setjy would use and delete its component lists."""
    vis = simulated(small_plan("Uranus"))
    theirs = Path(f"{vis.name}_tmp_setjyCLfile")
    theirs.mkdir()
    before = set(Path().iterdir())
    fluxes = set_solar_system_model(vis, REFERENCE, [0], virtual=False)[str(REFERENCE)]
    assert 10 < fluxes["0"]["fluxd"][0] < 60  # Uranus has tens of Jy at 1.3 mm
    assert set(Path().iterdir()) == before
    assert not list(vis.glob("*UNFINISHED*"))


@pytest.mark.parametrize(("has_ephemeris", "column"), [(False, "SCAN_NUMBER"), (True, "OBSERVATION_ID")])
def test_the_model_is_that_of_the_time_of_each_scan(simulated, has_ephemeris, column):
    """The distance changes: Ganymede is 0.24 % fainter 11 hours later.

    Mars changes by 2.7 % in 6 hours, but CASA needs 4 s for each evaluation of its model.
    """
    plan = small_plan("Uranus", spw_frequencies=(225e9,))
    vis = simulated(plan)
    with open_table(vis / "OBSERVATION", write=True) as table:
        table.copyrows(str(vis / "OBSERVATION"), nrow=1)
    with open_table(vis, write=True) as table:
        field, time = table.getcol("FIELD_ID"), table.getcol("TIME")
        mine = np.unique(time[field == REFERENCE])
        later = (field == REFERENCE) & (time >= mine[mine.size // 2])
        table.putcol("TIME", time + np.where(later, 11 * 3600.0, 0.0))
        table.putcol(column, table.getcol(column) + later)
        time = table.getcol("TIME")
    if has_ephemeris:
        attach_ephemerides(vis, plan)
    with open_table(vis / "FIELD", write=True) as table:
        table.putcell("NAME", REFERENCE, "Ganymede")
    set_solar_system_model(vis, REFERENCE, [0], virtual=False)
    with open_table(vis) as table:
        models = np.abs(table.getcol("MODEL_DATA")[0].mean(axis=0))
    starts = [float(time[(field == REFERENCE) & (later == is_later)].min()) for is_later in (False, True)]
    of_casa = importlib.import_module("casatasks.private.solar_system_setjy").solar_system_setjy()
    with open_table(vis / "SPECTRAL_WINDOW") as table:
        frequency = table.getcell("CHAN_FREQ", 0)
    limits = [[float(frequency.min()), float(frequency.max())]]
    expected = [
        of_casa.solar_system_fd("Ganymede", [start / 86400], limits, "ALMA", runtime.casatasks().casalog)[1][0][0]
        for start in starts
    ]
    assert expected[1] / expected[0] < 0.998
    first, second = (models[(field == REFERENCE) & (later == is_later)] for is_later in (False, True))
    # The same baselines in both halves, which hardly resolve the disk.
    assert second.mean() / first.mean() == pytest.approx(expected[1] / expected[0], rel=2e-4)
