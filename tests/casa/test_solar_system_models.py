"""The model of a solar-system object, set by setjy, which writes files of its own."""

from pathlib import Path

from helpers.stage_runs import REFERENCE, small_plan
from pipeline_gfluxscale.casa.solar_system_models import set_solar_system_model


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
