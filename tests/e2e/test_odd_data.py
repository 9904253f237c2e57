"""Data as correlators and people leave them: zeros, what is no number, data that are there twice."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from helpers.stage_runs import BANDPASS, CHECK, PHASE, Run, assert_same_fluxes, assert_true, model_of, pairs, small_plan
from pipeline_gfluxscale import hifa_gfluxscale
from pipeline_gfluxscale.casa import runtime
from pipeline_gfluxscale.casa.tools import open_table, query

ALL = pairs([BANDPASS, PHASE, CHECK])
PLAN = small_plan()


@pytest.fixture
def changed(simulated, truth) -> Callable[[Callable[[Path], None]], Run]:
    """Return a function that runs the stage on data of PLAN that another function has changed."""

    def run_changed(change: Callable[[Path], None], **parameters) -> Run:
        vis = simulated(PLAN)
        change(vis)
        results = hifa_gfluxscale(vis, **parameters)
        return Run(vis, results, results[0], truth(vis))

    return run_changed


def twice(observation: int) -> Callable[[Path], None]:
    """Append every row once more, with this OBSERVATION_ID."""

    def change(vis: Path) -> None:
        with open_table(vis / "OBSERVATION", write=True) as table:
            for _ in range(observation):
                table.copyrows(str(vis / "OBSERVATION"), nrow=1)
        with open_table(vis, write=True) as table:
            rows = table.nrows()
            table.copyrows(str(vis), nrow=-1)
            table.putcol("OBSERVATION_ID", [observation] * rows, rows, rows)

    return change


@pytest.mark.parametrize("second", [0, 1])
def test_data_that_are_there_twice(run, changed, second):
    """The answer is that of the data without the copy, to the last digit; the models are those of all rows."""
    observed = changed(twice(second))
    assert_same_fluxes(observed, run(PLAN), 1e-12)
    (said,) = [text for text in observed.results.warnings if "repeat others" in text]
    assert ("OBSERVATION_ID 1 repeats 0" in said) == (second == 1)
    assert 0.66 < observed.score("usable_data") < 0.9  # blue
    for field, spw in ALL:
        flux = observed.measured[field, spw].derived.stokes.I
        np.testing.assert_allclose(np.abs(model_of(observed.vis, field, spw)), flux, rtol=0.02)  # spix of the bandpass


def test_copies_in_another_data_description_of_the_same_spw(run, changed):
    """As CASA's concat leaves them: the answer is that of the data without the copy, to the last digit."""

    def repeat_first_spw(vis: Path) -> None:
        with open_table(vis / "DATA_DESCRIPTION", write=True) as table:
            table.copyrows(str(vis / "DATA_DESCRIPTION"), nrow=1)
            ddid = table.nrows() - 1
        with open_table(vis, write=True) as table:
            rows = table.nrows()
            with query(table, "DATA_DESC_ID == 0") as first:
                first.copyrows(str(vis), nrow=-1)
            table.putcol("DATA_DESC_ID", [ddid] * (table.nrows() - rows), rows)

    observed = changed(repeat_first_spw)
    assert_same_fluxes(observed, run(PLAN), 1e-12)
    assert [text for text in observed.results.warnings if "repeat others" in text]


def test_a_copy_counts_if_its_original_cannot_be_used(run, changed):
    """The originals of one field are flagged and those of another are zero: all flux densities are those of the data
    without copies, to the last digit."""

    def spoil_originals(vis: Path) -> None:
        with open_table(vis) as table:
            rows = table.nrows()
        twice(1)(vis)
        with open_table(vis, write=True) as table:
            field, flag, data = table.getcol("FIELD_ID"), table.getcol("FLAG"), table.getcol("DATA")
            original = np.arange(field.size) < rows
            flag[:, :, (field == PHASE) & original] = True
            data[:, :, (field == CHECK) & original] = 0
            table.putcol("FLAG", flag)
            table.putcol("DATA", data)

    observed = changed(spoil_originals)
    assert_same_fluxes(observed, run(PLAN), 1e-12)
    (said,) = [text for text in observed.results.warnings if "repeat others" in text]
    assert "OBSERVATION_ID 1 repeats 0, OBSERVATION_ID 0 repeats 1" in said


def test_exact_zeros_that_nobody_flagged(run, changed):
    """Every fifth row, a channel of all others, and a polarisation of an antenna: 0.5 % is twice the noise of what is
    lost."""

    def drop_out(vis: Path) -> None:
        with open_table(vis, write=True) as table:
            data = table.getcol("DATA")
            data[:, :, ::5] = 0
            data[:, 3] = 0
            data[0, :, table.getcol("ANTENNA1") == 2] = 0
            table.putcol("DATA", data)

    observed = changed(drop_out)
    assert_true(observed, ALL)
    assert_same_fluxes(observed, run(PLAN), 0.005)
    (said,) = [text for text in observed.results.warnings if "exactly zero" in text]
    with open_table(observed.vis) as table:
        calibrators = np.isin(table.getcol("FIELD_ID"), [*{pair[0] for pair in ALL}, 3])
        unflagged = ~table.getcol("FLAG") & ~table.getcol("FLAG_ROW")
        expected = np.sum((table.getcol("DATA") == 0) & unflagged & calibrators)
    assert said.startswith(f"{expected} visibilities")
    assert observed.score("usable_data") < 0.66  # yellow or red


def test_zeros_in_one_polarisation(changed):
    """The solves use visibilities of which both polarisations are valid, and so does the measurement. The gains of the
    polarisations differ by some percent: with other weights, the two flux densities differed by 1 %."""

    def drop_out(vis: Path) -> None:
        with open_table(vis, write=True) as table:
            data = table.getcol("DATA")
            data[0][:, np.random.default_rng(1).random(data.shape[-1]) < 0.25] = 0
            table.putcol("DATA", data)

    for derived, calibrated in changed(drop_out).fluxes.values():
        assert calibrated == pytest.approx(derived, rel=2e-3)  # the noise bias of the faintest field


def test_what_is_no_number(run, changed):
    """NaN and infinite values in a few rows cost these rows."""

    def spoil(vis: Path) -> None:
        with open_table(vis, write=True) as table:
            data = table.getcol("DATA")
            data[:, :, ::50] = np.nan
            data[:, 2, 1::50] = np.inf
            table.putcol("DATA", data)

    observed = changed(spoil)
    assert_true(observed, ALL)
    assert_same_fluxes(observed, run(PLAN), 0.005)
    assert sum("not a number; they are left out" in text for text in observed.results.warnings) == 1


def test_subarrays_are_no_copies(simulated, truth):
    """Two observations of one time whose baselines are not those of each other: both count. The fluxes are those of
    the same data in one observation, but for rounding errors of the solves."""
    plan = replace(PLAN, antennas=10)
    runs = []
    for name, second in (("one.ms", 0), ("two.ms", 1)):
        vis = simulated(plan, name)
        with open_table(vis / "OBSERVATION", write=True) as table:
            table.copyrows(str(vis / "OBSERVATION"), nrow=1)
        with open_table(vis, write=True) as table:
            half = np.array([table.getcol("ANTENNA1") % 2, table.getcol("ANTENNA2") % 2])
            table.putcol("OBSERVATION_ID", np.where(half.all(axis=0), second, 0).astype(np.int32))
            table.putcol("FLAG", table.getcol("FLAG") | (half[0] != half[1]))
        results = hifa_gfluxscale(vis)
        runs.append(Run(vis, results, results[0], truth(vis)))
    assert_true(runs[1], ALL)
    assert_same_fluxes(*runs, 1e-4)
    assert not [text for text in runs[1].results.warnings if "repeat" in text]


@pytest.mark.parametrize("scatter", [2e-6, 0.3])
def test_times_of_an_integration_that_differ(run, changed, scatter):
    """By microseconds, as other packages round them, or by a part of the integration time, as centroids do (fraction
    of INTERVAL to each side). The visibilities are the same, so the fluxes are the same in single precision."""

    def scatter_times(vis: Path) -> None:
        with open_table(vis, write=True) as table:
            time, interval = table.getcol("TIME"), table.getcol("INTERVAL")
            size = scatter * interval if scatter > 1e-3 else scatter
            rng = np.random.default_rng(1)
            for name in ("TIME", "TIME_CENTROID"):
                table.putcol(name, time + size * rng.uniform(-1, 1, time.size))

    observed = changed(scatter_times)
    assert_same_fluxes(observed, run(PLAN), 1e-5)
    assert [score.score for score in observed.results.qa] == pytest.approx(
        [score.score for score in run(PLAN).results.qa], abs=1e-3
    )
    assert observed.results.warnings == run(PLAN).results.warnings


def test_a_spw_with_several_sets_of_correlations_is_refused(simulated):
    """As CASA's concat leaves them; CASA itself cannot split them."""
    casa, vis = runtime.casatasks(), simulated(small_plan(correlations="XX XY YX YY"))
    casa.split(vis=str(vis), outputvis="two.ms", field="0,1,2,3", correlation="XX,YY", datacolumn="data")
    casa.split(vis=str(vis), outputvis="four.ms", field=str(CHECK), datacolumn="data")
    shutil.rmtree(vis)
    casa.concat(vis=["two.ms", "four.ms"], concatvis=str(vis))
    (results,) = hifa_gfluxscale(vis)
    assert "spw 0 have the correlations XX,YY and XX,XY,YX,YY; before concat" in results.error
    assert results.measurements == []
