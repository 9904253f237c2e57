"""The atmosphere's transmission, and the water vapour that importasdm leaves in a MeasurementSet."""

import numpy as np
import pytest

from pipeline_gfluxscale.casa import runtime
from pipeline_gfluxscale.casa.atmosphere import measured_pwv, zenith_transmission


def make_table(path, water):
    """A table with a column "water" of lists (m), as ASDM_CALWVR has it."""
    table = runtime.casatools().table()
    column = {"valueType": "double", "option": 0, "ndim": 1, "comment": "", "dataManagerType": "StandardStMan"}
    table.create(str(path), {"water": column}, nrow=len(water))
    for row, values in enumerate(water):
        table.putcell("water", row, np.array(values))
    table.close()


def test_the_water_vapour_is_the_median_of_the_radiometers(tmp_path):
    make_table(tmp_path / "ASDM_CALWVR", [[0.0011], [0.0013], [0.0040], [-1.0]])
    make_table(tmp_path / "ASDM_CALATMOSPHERE", [[0.0050, 0.0050]])
    assert measured_pwv(tmp_path) == (pytest.approx(1.3), "the water vapour radiometers")


def test_the_tsys_scans_know_it_where_there_are_no_radiometers(tmp_path):
    make_table(tmp_path / "ASDM_CALWVR", [])
    make_table(tmp_path / "ASDM_CALATMOSPHERE", [[0.002, 0.003], [0.001, 0.002]])
    assert measured_pwv(tmp_path) == (pytest.approx(2.0), "the Tsys scans")


def test_there_may_be_none(tmp_path):
    assert measured_pwv(tmp_path) is None


def test_the_water_line_at_183_ghz_is_opaque_and_band_3_is_clear():
    frequency, transmission = zenith_transmission(80e9, 200e9, 240, 5000.0, 1.0)
    assert np.all((transmission >= 0) & (transmission <= 1))
    assert transmission[np.argmin(np.abs(frequency - 183.31e9))] < 0.1
    assert transmission[np.argmin(np.abs(frequency - 100e9))] > 0.95
    assert frequency[np.argmin(transmission[:100])] == pytest.approx(118.75e9, abs=1e9)  # oxygen


def test_more_water_and_a_lower_site_let_less_through():
    def at_230_ghz(altitude, pwv):
        return float(zenith_transmission(229e9, 231e9, 4, altitude, pwv)[1].mean())

    assert at_230_ghz(5000.0, 0.5) > at_230_ghz(5000.0, 3.0) > at_230_ghz(2000.0, 3.0)
