"""The one pass beside applycal: one correlation, circular feeds, two observations, and a moving field."""

from pathlib import Path

import numpy as np
import pytest

from helpers.applied_by_casa import averages_of, by_applycal, randomise
from pipeline_gfluxscale.casa import runtime
from pipeline_gfluxscale.casa.tools import open_table
from pipeline_gfluxscale.casa.working_copy import create_averaged
from pipeline_gfluxscale.domain.calibration import CalTable
from pipeline_gfluxscale.simulation import standard_plan
from pipeline_gfluxscale.stages.shared.one_pass import append_in_one_pass
from pipeline_gfluxscale.stages.shared.parts import Part
from pipeline_gfluxscale.stages.shared.prior_calibration import PriorTables, only_for_casa

BANDPASS, PHASE, REFERENCE = 0, 1, 3
SOLVES = {
    "G": ("gaincal", {"solint": "int", "calmode": "ap"}),
    "B": ("bandpass", {"solint": "inf", "bandtype": "B"}),
    "K": ("gaincal", {"solint": "inf", "gaintype": "K"}),
}
CASES = [("G", "linearperobs"), ("G", "nearest"), ("B", "nearestperobs,linear"), ("K", "linearperobs")]


def as_two_observations(vis: Path) -> None:
    """Give the later half of the data an OBSERVATION_ID of their own."""
    with open_table(vis / "OBSERVATION", write=True) as table:
        table.copyrows(str(vis / "OBSERVATION"))
        assert table.nrows() == 2
    with open_table(vis, write=True) as table:
        time = table.getcol("TIME")
        table.putcol("OBSERVATION_ID", (time > np.median(time)).astype(np.int32))


@pytest.mark.parametrize("correlations", ["YY", "RR LL", "RR RL LR LL"])
def test_against_applycal(simulated, tmp_path, correlations):
    plan = standard_plan(
        "quasar", antennas=5, channels=6, phase_scans=2, wild=False,
        spw_frequencies=(224e9, 240e9), correlations=correlations,
    )  # fmt: skip
    vis = simulated(plan)
    as_two_observations(vis)
    tables = {}
    for number, (name, (task, parameters)) in enumerate(SOLVES.items()):
        tables[name] = tmp_path / f"{name}.tbl"
        getattr(runtime.casatasks(), task)(
            vis=str(vis), caltable=str(tables[name]), refant="DA41", minblperant=2, minsnr=0, **parameters
        )
        randomise(tables[name], seed=number)
    places = [(PHASE, 0), (PHASE, 1), (BANDPASS, 0), (REFERENCE, 1)]
    parts = [
        Part(field, spw, tuple(range(40)), tables=(CalTable(str(tables[name]), interp=interp),))
        for (field, spw), (name, interp) in zip(places, CASES, strict=True)
    ]
    assert_equal_to_applycals(vis, parts, tmp_path)


def test_the_direction_of_a_moving_field(simulated, tmp_path):
    """Uranus is the reference, at the direction of its ephemeris: the nearest solutions, and antennas' positions."""
    vis = simulated(standard_plan("Uranus", antennas=5, channels=6, phase_scans=2, wild=False))
    parts = []
    for number, solved in enumerate(("", f"{BANDPASS},{PHASE}")):  # with solutions of its own, and without
        gains = tmp_path / f"G{number}.tbl"
        runtime.casatasks().gaincal(
            vis=str(vis), caltable=str(gains), field=solved, refant="DA41", minblperant=2, minsnr=0, solint="int"
        )
        randomise(gains, seed=number)
        table = CalTable(str(gains), gainfield="nearest", interp="linear")
        parts += [Part(field, number, tuple(range(40)), tables=(table,)) for field in (PHASE, REFERENCE)]
    positions = tmp_path / "positions.tbl"
    runtime.casatasks().gencal(
        vis=str(vis), caltable=str(positions), caltype="antpos", antenna="DA42", parameter=[0.02, -0.01, 0.03]
    )
    parts.append(Part(REFERENCE, 2, tuple(range(40)), tables=(CalTable(str(positions)),)))
    assert_equal_to_applycals(vis, parts, tmp_path)


def assert_equal_to_applycals(vis: Path, parts: list[Part], tmp_path: Path) -> None:
    assert only_for_casa(PriorTables(vis), parts) == {}
    expected = by_applycal(vis, parts, tmp_path / "applied.ms")
    create_averaged(vis, tmp_path / "averaged.ms")
    append_in_one_pass(PriorTables(vis), tmp_path / "averaged.ms", parts)
    for part, one, other in zip(parts, expected, averages_of(tmp_path / "averaged.ms", parts), strict=True):
        good = ~one.flag
        assert good.any(), part
        np.testing.assert_array_equal(one.flag, other.flag, err_msg=str(part))
        scale = np.abs(one.data[good]).mean()
        # Single precision: complex64.
        np.testing.assert_allclose(other.data[good], one.data[good], rtol=0, atol=1e-5 * scale, err_msg=str(part))
