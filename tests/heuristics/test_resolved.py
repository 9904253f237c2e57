import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline_gfluxscale.errors import InputError
from pipeline_gfluxscale.heuristics.resolved import FIRST_NULL, select_antennas, uniform_disk_visibility, uv_limit

ARCSEC = np.pi / 180 / 3600
BAND_6 = 230e9
NAMES = [f"DA{number:02d}" for number in range(41, 51)]

diameters = st.floats(0.01, 30).map(lambda arcsec: arcsec * ARCSEC)
fractions = st.floats(0.01, 0.99)
arrays = st.integers(0, 2**32 - 1).map(
    lambda seed: np.random.default_rng(seed).normal(scale=(200, 200, 20), size=(len(NAMES), 3))
)


def line_of_antennas(*x):
    """Antennas on a line, at these positions (m)."""
    return NAMES[: len(x)], [(each, 0.0, 0.0) for each in x]


class TestUniformDiskVisibility:
    def test_a_zero_baseline_sees_all_flux(self):
        assert uniform_disk_visibility(0.0, ARCSEC, BAND_6) == 1

    def test_published_values(self):
        # The Airy pattern (Born & Wolf, section 8.5.2): nulls at x/pi = 1.220, 2.233, maxima between.
        x = np.pi * np.array([1.2196699, 1.635, 2.2331306, 2.679])
        baselines = x / (np.pi * ARCSEC * BAND_6 / 299792458.0)
        intensities = uniform_disk_visibility(baselines, ARCSEC, BAND_6) ** 2
        # The digits of the published values.
        np.testing.assert_allclose(intensities, [0, 0.0175, 0, 0.00416], atol=5e-5)

    def test_a_small_disk_follows_the_series(self):
        x = np.pi * 5.0 * ARCSEC * BAND_6 / 299792458.0
        series = 1 - x**2 / 8 + x**4 / 192
        # The next term of the series.
        assert uniform_disk_visibility(5.0, ARCSEC, BAND_6) == pytest.approx(series, abs=1e-7)

    @given(st.floats(0, 1e6), diameters, st.floats(30e9, 950e9))
    def test_its_range(self, baseline, diameter, frequency):
        assert -0.14 < uniform_disk_visibility(baseline, diameter, frequency) <= 1


class TestUvLimit:
    @given(st.floats(0, 0.999), diameters, fractions)
    def test_v_is_the_fraction_of_the_peak_there(self, shortest_in_nulls, diameter, fraction):
        shortest = shortest_in_nulls * FIRST_NULL / (np.pi * diameter * BAND_6 / 299792458.0)
        limit = uv_limit(shortest, diameter, BAND_6, fraction)
        peak, at_limit = uniform_disk_visibility([shortest, limit], diameter, BAND_6)
        assert limit >= shortest
        assert at_limit == pytest.approx(fraction * peak, abs=1e-9)  # the root finder's precision

    @given(st.floats(0, 500), diameters, diameters, fractions)
    def test_a_larger_disk_has_a_shorter_limit(self, shortest, diameter, other, fraction):
        small, large = sorted((diameter, other))
        assert uv_limit(shortest, large, BAND_6, fraction) <= uv_limit(shortest, small, BAND_6, fraction) * (1 + 1e-9)

    @pytest.mark.parametrize("beyond", [1.0, 1.2, 3.0])
    def test_a_shortest_baseline_beyond_the_main_lobe_gives_the_null(self, beyond):
        null = FIRST_NULL / (np.pi * 20 * ARCSEC * BAND_6 / 299792458.0)
        assert uv_limit(beyond * null, 20 * ARCSEC, BAND_6, 0.2) == pytest.approx(null)

    def test_the_limit_is_continuous_at_the_null(self):
        null = FIRST_NULL / (np.pi * 20 * ARCSEC * BAND_6 / 299792458.0)
        # Ten times the step.
        assert uv_limit(null * (1 - 1e-6), 20 * ARCSEC, BAND_6, 0.2) == pytest.approx(null, rel=1e-5)

    @pytest.mark.parametrize("fraction", [0, 1, -0.2, 20, float("nan")])
    def test_a_fraction_is_between_0_and_1(self, fraction):
        with pytest.raises(InputError, match="peak_fraction"):
            uv_limit(10, ARCSEC, BAND_6, fraction)

    def test_a_logged_run_of_the_alma_pipeline(self):
        # Uranus observed with the ACA. That stage stepped by 1 m from its shortest baseline until V fell
        # below the limit, so the baseline is the logged limit less a whole number of metres. Of these, all
        # up to 15.24 m are consistent: the first step beyond our solution is the logged one. Longer ones
        # are not. Dishes of 7 m cannot stand closer than 8.7 m.
        logged, diameter, frequency = 77.24190171715242, 3.685363868141845 * ARCSEC, 215369869649.0237
        shortest = logged - np.arange(30, 70)
        solved = np.array([uv_limit(each, diameter, frequency, 0.2) for each in shortest])
        consistent = shortest[(logged - 1 < solved) & (solved <= logged)]
        assert consistent.max() == pytest.approx(15.2419, abs=1e-4)  # the digits in the log
        assert np.count_nonzero(consistent > 8.7) == 7
        assert uv_limit(9.2419, diameter, frequency, 0.2) == pytest.approx(76.686, abs=1e-3)  # the digits in the log


class TestSelectAntennas:
    @pytest.mark.parametrize("diameter", [0, 0.0, None])
    def test_a_point_source_uses_everything(self, diameter):
        names, positions = line_of_antennas(0, 10, 20, 5000)
        selection = select_antennas(names, positions, "DA41", diameter, BAND_6)
        assert (selection.antenna, selection.uvrange, selection.resolved) == ("", "", False)
        assert selection.antennas == ()
        assert "point source" in selection.message

    def test_antennas_near_the_refant_are_listed_in_the_order_of_the_ms(self):
        names, positions = line_of_antennas(300, 40, 0, 20, -30)
        selection = select_antennas(names, positions, "DA43", 4 * ARCSEC, BAND_6)
        assert selection.antennas == ("DA42", "DA43", "DA44", "DA45")
        assert selection.antenna == "DA42,DA43,DA44,DA45&"
        assert selection.resolved
        assert "4 of 5 antennas" in selection.message

    def test_the_uv_range_is_the_solved_limit(self):
        names, positions = line_of_antennas(0, 20, 30, 40, 300)
        selection = select_antennas(names, positions, "DA41", 4 * ARCSEC, BAND_6)
        limit = uv_limit(20, 4 * ARCSEC, BAND_6, 0.2)
        assert selection.uv_limit_m == limit
        assert selection.uvrange == f"<{limit:.3f}m"

    def test_the_height_counts(self):
        positions = [(0, 0, 0), (20, 0, 0), (30, 0, 0), (40, 0, 0), (0, 0, 300)]
        selection = select_antennas(NAMES[:5], positions, "DA41", 4 * ARCSEC, BAND_6)
        assert "DA45" not in selection.antennas

    def test_if_all_antennas_qualify_only_the_uv_range_stays(self):
        names, positions = line_of_antennas(0, 20, 30)
        selection = select_antennas(names, positions, "DA41", 4 * ARCSEC, BAND_6)
        assert selection.antenna == ""
        assert selection.uvrange.startswith("<")
        assert selection.resolved

    def test_the_refant_counts_among_the_three(self):
        names, positions = line_of_antennas(0, 20, 30, 3000)
        assert select_antennas(names, positions, "DA41", 4 * ARCSEC, BAND_6).antennas == (
            "DA41",
            "DA42",
            "DA43",
        )

    @pytest.mark.parametrize("diameter", [4, 30])
    def test_fewer_than_three_fall_back_to_all_with_a_warning(self, diameter):
        # At 4 arcsec two antennas are within the limit; at 30 the shortest baseline is beyond the main lobe.
        names, positions = line_of_antennas(0, 20, 3000, 4000)
        selection = select_antennas(names, positions, "DA41", diameter * ARCSEC, BAND_6)
        assert (selection.antenna, selection.uvrange, selection.resolved) == ("", "", True)
        assert selection.message.startswith("Warning")
        assert "fewer than 3" in selection.message

    def test_a_lone_antenna_is_no_error(self):
        selection = select_antennas(*line_of_antennas(0), "DA41", ARCSEC, BAND_6)
        assert selection.antenna == ""
        assert selection.message.startswith("Warning")

    def test_an_unknown_refant_is_named_with_the_choices(self):
        with pytest.raises(InputError, match=r"refant='DV99'.*DA41, DA42"):
            select_antennas(*line_of_antennas(0, 20), "DV99", ARCSEC, BAND_6)

    @given(arrays, diameters, diameters, fractions)
    def test_a_larger_source_never_takes_more_antennas(self, positions, diameter, other, fraction):
        small, large = sorted((diameter, other))
        assume(large > small * 1.000001)
        of_small = select_antennas(NAMES, positions, "DA41", small, BAND_6, fraction)
        of_large = select_antennas(NAMES, positions, "DA41", large, BAND_6, fraction)
        assert kept(of_large) <= kept(of_small)

    @given(arrays, diameters, fractions, fractions)
    def test_a_larger_peak_fraction_never_takes_more_antennas(self, positions, diameter, fraction, other):
        low, high = sorted((fraction, other))
        of_low = select_antennas(NAMES, positions, "DA41", diameter, BAND_6, low)
        of_high = select_antennas(NAMES, positions, "DA41", diameter, BAND_6, high)
        assert kept(of_high) <= kept(of_low)

    @given(arrays, diameters, fractions)
    def test_only_antennas_within_the_limit_are_taken(self, positions, diameter, fraction):
        selection = select_antennas(NAMES, positions, "DA41", diameter, BAND_6, fraction)
        assume(selection.uv_limit_m is not None)
        distances = np.linalg.norm(positions - positions[0], axis=1)
        expected = {name for name, d in zip(NAMES, distances, strict=True) if d <= selection.uv_limit_m}
        assert kept(selection) == expected

    def test_antennas_without_a_position_are_not_used(self):
        nowhere = (np.nan, np.nan, np.nan)
        names, positions = line_of_antennas(0, 30, 60, 90)
        selection = select_antennas(names, [*positions[:3], nowhere], "DA41", 0.6 * ARCSEC, BAND_6)
        assert selection.antennas == ("DA41", "DA42", "DA43")
        lone = select_antennas(names, [nowhere, *positions[1:]], "DA41", 0.6 * ARCSEC, BAND_6)
        assert lone.antennas == ()
        assert "its position is not known" in lone.message


def kept(selection):
    """Antennas that see the resolved source well enough: none of them where the stage fell back to all."""
    if selection.uv_limit_m is None:
        return set()
    return set(selection.antennas or NAMES)
