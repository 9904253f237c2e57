"""Fields whose position is from an ephemeris, as every observation of a planet by ALMA has them."""

from dataclasses import replace

import numpy as np
import pytest

from helpers.stage_runs import BANDPASS, CHECK, PHASE, REFERENCE, Run, assert_true, column_of, pairs, small_plan
from pipeline_gfluxscale import hifa_gfluxscale
from pipeline_gfluxscale.casa.tools import open_table
from pipeline_gfluxscale.errors import InputError
from pipeline_gfluxscale.simulation import SimulatedField
from pipeline_gfluxscale.simulation.ephemerides import attach_ephemerides

ALL = pairs([BANDPASS, PHASE, CHECK])
TABLE = "EPHEM0_Uranus_60268.2.tab"


@pytest.fixture
def with_ephemerides(simulated):
    """Return a function that returns a fresh observation of a plan, with ephemerides."""

    def observe(plan):
        vis = simulated(plan)
        attach_ephemerides(vis, plan)
        return vis

    return observe


def shift_entries(vis, days):
    """Make the entries of the ephemeris those of other days."""
    with open_table(vis / "FIELD" / TABLE, write=True) as table:
        table.putcol("MJD", table.getcol("MJD") + days)
        table.putkeyword("MJD0", table.getkeyword("MJD0") + days)


@pytest.mark.parametrize("configuration", ["alma.cycle9.1", "alma.cycle9.4"], ids=["unresolved", "resolved"])
def test_the_flux_densities_are_right(with_ephemerides, truth, configuration):
    vis = with_ephemerides(small_plan("Uranus", antennas=12, configuration=configuration))
    results = hifa_gfluxscale(vis)
    assert_true(Run(vis, results, results[0], truth(vis)), ALL)
    assert results[0].selection.resolved


def test_of_two_planets_each_has_its_ephemeris(with_ephemerides, truth):
    """The target may move too: the solves are on fields of two ephemerides."""
    plan = small_plan("Uranus")
    fields = tuple(SimulatedField("Neptune") if field.name == "Target" else field for field in plan.fields)
    vis = with_ephemerides(replace(plan, fields=fields))
    results = hifa_gfluxscale(vis)
    assert_true(Run(vis, results, results[0], truth(vis)), ALL)


@pytest.mark.parametrize("days", [-60268.0, -120.0], ids=["never set", "of another observation"])
def test_the_model_is_that_of_the_observation_whatever_field_time_is(with_ephemerides, truth, days):
    """CASA's setjy takes the time of such a field from FIELD: 120 days are 13 % of the planet's flux density."""
    vis = with_ephemerides(small_plan("Uranus"))
    with open_table(vis / "FIELD", write=True) as table:
        before = table.getcell("TIME", REFERENCE) + days * 86400
        table.putcell("TIME", REFERENCE, before)
    results = hifa_gfluxscale(vis)
    assert_true(Run(vis, results, results[0], truth(vis)), ALL)
    with open_table(vis / "FIELD") as table:
        assert table.getcell("TIME", REFERENCE) == before


def test_an_ephemeris_that_does_not_cover_the_observation_is_an_error(with_ephemerides):
    vis = with_ephemerides(small_plan("Uranus"))
    shift_entries(vis, -30.0)
    with pytest.raises(InputError, match=r"Uranus was observed at 2023-11-20 .*from 2023-10-2\d to 2023-10-2\d"):
        hifa_gfluxscale(vis)
    assert "MODEL_DATA" not in column_names(vis)


def test_a_missing_ephemeris_is_an_error(with_ephemerides):
    vis = with_ephemerides(small_plan("Uranus"))
    (vis / "FIELD" / TABLE).rename(vis.parent / TABLE)
    with pytest.raises(InputError, match=r"Uranus refers to ephemeris 0.*EPHEM0_"):
        hifa_gfluxscale(vis)


def test_a_date_without_a_model_of_casa_is_an_error(simulated):
    """CASA's ephemerides end in 2030: its setjy says that no component list was generated."""
    vis = simulated(small_plan("Uranus"))
    with open_table(vis, write=True) as table:
        for column in ("TIME", "TIME_CENTROID"):
            table.putcol(column, column_of(vis, column) + 10 * 365.25 * 86400)
    (results,) = hifa_gfluxscale(vis)
    assert "Uranus was observed at 2033-11-1" in results.error
    assert "2020-12-31 to 2030-12-31" in results.error


def test_a_field_that_moves_by_a_polynomial(simulated, truth):
    """Two coefficients: a position, and its change with time (rad/s)."""
    plan = small_plan("quasar")
    vis = simulated(plan)
    with open_table(vis / "FIELD", write=True) as table:
        for column in ("PHASE_DIR", "DELAY_DIR", "REFERENCE_DIR"):
            centre = table.getcell(column, PHASE)
            for row in range(table.nrows()):
                static = table.getcell(column, row)
                table.putcell(column, row, static if row != PHASE else np.hstack([centre, [[1e-9], [0.0]]]))
        table.putcell("NUM_POLY", PHASE, 1)
    results = hifa_gfluxscale(vis)
    assert_true(Run(vis, results, results[0], truth(vis)), ALL)


def column_names(vis):
    with open_table(vis) as table:
        return table.colnames()
