"""h_tsyscal on simulated data that are correlation coefficients."""

from pathlib import Path

import numpy as np
import pytest

from helpers.chain import BANDPASS, CHECK, PHASE, REFERENCE, TARGET, standard_observation
from pipeline_gfluxscale.casa import tasks
from pipeline_gfluxscale.casa.tools import open_table, query
from pipeline_gfluxscale.errors import InputError
from pipeline_gfluxscale.recipes.run_stage import run_stage
from pipeline_gfluxscale.simulation import with_system_temperatures
from pipeline_gfluxscale.simulation.system_temperatures import system_temperatures


def plan(**options):
    return with_system_temperatures(standard_observation(), **options)


def calibrated(context):
    (results,) = run_stage(context, "h_tsyscal", {})
    assert not results.error
    return results


def amplitudes(column: str) -> np.ndarray:
    """Return the mean amplitudes of the first spw, shape (n_chan,)."""
    with open_table("corrected.ms") as main, query(main, "DATA_DESC_ID == 0 && ANTENNA1 != ANTENNA2") as rows:
        data = np.ma.masked_array(np.abs(rows.getcol(column)), rows.getcol("FLAG"))
    return np.ma.mean(data, axis=(0, 2))


def test_the_measured_temperatures_calibrate_the_science_spws(observed):
    results = calibrated(context := observed(plan()))
    assert results.spw_map == {0: 4, 1: 5, 2: 6, 3: 7}
    assert results.sources["J0309+1029 #1"] == "J0309+1029 #1"
    assert [score.score for score in results.qa] == [1.0]
    assert len(context.calibration) == 5
    kelvin = system_temperatures(plan(), 0)[PHASE]
    assert 60 < np.median(kelvin) < 130
    spectrum = next(each for each in results.spectra if each.spw == 4)
    row = next(
        i for i, (a, f) in enumerate(zip(spectrum.antennas, spectrum.field, strict=True)) if (a, f) == ("DA43", 1)
    )
    assert spectrum.value[:, :, row] == pytest.approx(kelvin[:, 2], rel=1e-5)  # float32


def test_a_field_without_its_own_has_the_temperatures_of_the_nearest(observed):
    measured = (BANDPASS, TARGET, REFERENCE)
    results = calibrated(observed(plan(fields=measured)))
    assert results.sources["J0309+1029 #1"] == "Target #2"  # 1 deg beside, 2 deg up
    assert results.sources["J0325+1307 #4"] == "Target #2"
    assert {CHECK, PHASE}.isdisjoint(measured)
    assert results.warnings == []


def test_temperatures_from_far_away_are_warned_about(observed):
    (warning,) = calibrated(observed(plan(fields=(REFERENCE,)))).warnings
    assert warning.startswith("J0238+1636 has no system temperatures of its own in spw 0~3")
    assert "J0423-0120, 15 degrees away" in warning


def test_casa_applies_the_table_as_it_is_told(observed, truth):
    """Amplitudes become Jy times gains of 1 in the mean, with the line of ozone gone."""
    context = observed(plan())
    calibrated(context)
    application = next(a for a in context.calibration if a.calto.field == str(PHASE))
    (table,) = application.tables
    tasks.run("split", vis="observed.ms", outputvis="corrected.ms", field=str(PHASE), datacolumn="data")
    how = {"gainfield": [table.gainfield], "interp": [table.interp], "spwmap": [list(table.spwmap)]}
    tasks.run("applycal", vis="corrected.ms", gaintable=[table.gaintable], calwt=[True], flagbackup=False, **how)
    before, after = amplitudes("DATA"), amplitudes("CORRECTED_DATA")
    line, whole = slice(6, 10), slice(2, 14)
    assert before[line].mean() < 0.9 * before[whole].mean()  # 0.83 if all bandpasses were flat
    assert after[line].mean() == pytest.approx(after[whole].mean(), rel=0.03)  # the bandpass has ripples of 5 %
    # Gains scatter by 10 % between antennas.
    assert after[whole].mean() == pytest.approx(truth(Path("observed.ms"))[PHASE, 0], rel=0.1)


def test_data_without_temperatures_are_refused(observed):
    context = observed()
    with pytest.raises(InputError, match="no usable system temperatures: it has no SYSCAL"):
        run_stage(context, "h_tsyscal", {})
    with pytest.raises(InputError, match="chantol"):
        run_stage(context, "h_tsyscal", {"chantol": -1})


def test_an_empty_table_has_no_temperatures(observed):
    context = observed(plan())
    with open_table("observed.ms/SYSCAL", write=True) as table:
        table.removerows(list(range(table.nrows())))
    with pytest.raises(InputError, match="no usable system temperatures: its SYSCAL table is empty"):
        run_stage(context, "h_tsyscal", {})
