"""hif_setmodels on simulated data."""

from pathlib import Path

import numpy as np
import pytest

from helpers.chain import BANDPASS, PHASE, REFERENCE, standard_observation
from pipeline_gfluxscale.casa.tools import open_table, query
from pipeline_gfluxscale.errors import InputError
from pipeline_gfluxscale.recipes.run_stage import run_stage


def model(field: int, spw: int) -> np.ndarray:
    """Return the amplitude of MODEL_DATA of a field by channel, of its shortest baseline."""
    where = f"FIELD_ID == {field} && DATA_DESC_ID == {spw} && ANTENNA1 != ANTENNA2 orderby sumsqr(UVW[:2])"
    with open_table("observed.ms") as table, query(table, where) as rows:
        return np.abs(rows.getcell("MODEL_DATA", 0)[0])


def set_models(context, **parameters):
    (results,) = run_stage(context, "hif_setmodels", parameters)
    assert not results.error
    return results


def test_the_reference_has_its_flux_density_and_the_bandpass_calibrator_its_spectrum(observed, truth):
    set_models(context := observed())
    expected = truth(Path("observed.ms"))
    for spw in range(4):
        # The flux.csv of the simulation has the truth, and its spectral index. The mean over the channels of a curved
        # spectrum is 2e-6 above the value at its centre.
        assert model(REFERENCE, spw).mean() == pytest.approx(expected[REFERENCE, spw], rel=1e-5)
        shape = model(BANDPASS, spw)
        assert shape.mean() == pytest.approx(1, abs=1e-5)
        # A spw has about 0.1 of the distance between the outer spws: within 6 % of the slope of 0.4 %.
        slope = (expected[BANDPASS, 0] / expected[BANDPASS, 3]) ** 0.1
        assert shape[0] / shape[-1] == pytest.approx(slope, abs=3e-4)
        assert shape[0] != shape[-1]
    assert model(PHASE, 0) == pytest.approx(1)
    (results,) = run_stage(context, "hifa_gfluxscale", {})
    assert not results.error


def test_a_planet_has_the_model_of_casa(observed):
    results = set_models(observed(standard_observation("Callisto")))
    fluxes = [m.flux.I for m in results.models if m.field.name == "Callisto"]
    assert fluxes == sorted(fluxes)  # thermal emission of spws in ascending frequency
    assert model(REFERENCE, 0).mean() == pytest.approx(fluxes[0], rel=0.02)  # the shortest baseline hardly resolves it


def test_a_bandpass_calibrator_that_is_the_reference_is_not_normalised(observed, truth):
    set_models(observed(standard_observation("bandpass")))
    # The mean over the channels of a curved spectrum is 2e-6 above the value at its centre.
    assert model(BANDPASS, 0).mean() == pytest.approx(truth(Path("observed.ms"))[BANDPASS, 0], rel=1e-5)


def test_fluxes_need_not_be_normalised(observed, truth):
    set_models(observed(), normfluxes=False)
    # The mean over the channels of a curved spectrum is 2e-6 above the value at its centre.
    assert model(BANDPASS, 0).mean() == pytest.approx(truth(Path("observed.ms"))[BANDPASS, 0], rel=1e-5)


def test_a_bandpass_calibrator_without_entry_is_flat_and_that_is_said(observed):
    context = observed()
    catalogue = Path("flux.csv")
    kept = [line for line in catalogue.read_text().splitlines() if not line.startswith(f"observed.ms,{BANDPASS},")]
    catalogue.write_text("\n".join(kept) + "\n")
    results = set_models(context)
    assert "J0238+1636" in results.warnings[0]
    assert results.qa[0].score == 0.5
    assert model(BANDPASS, 2) == pytest.approx(1)


def test_an_unknown_reference_changes_nothing(observed):
    context = observed()
    Path("flux.csv").unlink()
    before = context.copy()
    (results,) = run_stage(context, "hif_setmodels", {})
    assert "J0423-0120" in results.error
    assert results.qa == []
    assert context == before
    with open_table("observed.ms") as table:
        assert "MODEL_DATA" not in table.colnames()


@pytest.mark.parametrize(
    "parameters",
    [
        {"reference": "nobody"},
        {"refintent": "NOTHING"},
        {"reffile": "missing.csv"},
        {"normfluxes": "perhaps"},
    ],
)
def test_what_cannot_be_done_is_refused(observed, parameters):
    context = observed()
    with pytest.raises(InputError):
        run_stage(context, "hif_setmodels", parameters)


def test_an_edited_entry_wins_and_a_model_without_entry_stays(observed):
    set_models(context := observed())
    before = model(REFERENCE, 0).mean()
    catalogue = Path("flux.csv")
    words = [line.split(",") for line in catalogue.read_text().splitlines()]
    for each in words:
        if each[1:3] == [str(REFERENCE), "0"]:
            each[3] = str(2 * float(each[3]))
    kept = [each for each in words if each[1:3] != [str(REFERENCE), "1"]]
    catalogue.write_text("\n".join(",".join(each) for each in kept) + "\n")
    unchanged = model(REFERENCE, 1)
    results = set_models(context)
    assert model(REFERENCE, 0).mean() == pytest.approx(2 * before, rel=1e-5)  # MODEL_DATA has single precision
    assert (model(REFERENCE, 1) == unchanged).all()
    told = {m.spw: m.replaced for m in results.models if m.field.id == REFERENCE}
    assert told[0] == pytest.approx(before, rel=1e-3)  # the mean over channels is not at the mean frequency
    assert told[1] is None
    assert any("instead of" in warning for warning in results.warnings)
    assert any("may differ in scale" in warning for warning in results.warnings)


def test_a_blank_reffile_asks_for_none(observed):
    (results,) = run_stage(observed(), "hif_setmodels", {"reffile": ""})
    assert "J0423-0120" in results.error
