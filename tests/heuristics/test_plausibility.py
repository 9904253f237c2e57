"""The score of what is known of calibrators."""

from dataclasses import replace
from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_gfluxscale.domain.flux import CalibratedFlux, CatalogueFlux, DerivedFlux, FluxMeasurement, StokesFlux
from pipeline_gfluxscale.domain.reference import ReferenceFlux
from pipeline_gfluxscale.heuristics.plausibility import GREEN, expected_scatter, plausibility_score

URANUS = ReferenceFlux("Uranus", 9, 0, 230e9, 35.0, "MeasurementSet", "model", is_resolved=True, is_solar_system=True)
QUASAR = ReferenceFlux("J9", 9, 0, 230e9, 2.0, "flux file", "flux.csv", catalogue_origin="DB", age_days=5.0)


def measured(ratio, field=0, spw=0, age=5.0, catalogue=1.0, frequency=230e9):
    flux = StokesFlux(ratio * (catalogue or 1.0))
    known = CatalogueFlux(StokesFlux(catalogue), -0.7, "DB", age) if catalogue else None
    calibrated = CalibratedFlux(flux, 1e-3 * flux.I)
    return FluxMeasurement(
        f"J{field}", field, ("PHASE",), spw, frequency, 2e9, DerivedFlux(flux, 0.0), calibrated, known
    )


def fields(ratios, **options):
    return [measured(ratio, field, spw, **options) for field, ratio in enumerate(ratios) for spw in range(4)]


def score(measurements, *references):
    return plausibility_score("a.ms", measurements, references).score


@pytest.mark.parametrize("ratios", [[1.0], [1.06, 0.95, 1.01], [0.97, 0.96, 0.98], [1.1]])
def test_a_usual_observation_is_green(ratios):
    found = plausibility_score("a.ms", fields(ratios), [URANUS])
    assert found.score > GREEN
    assert found.band == "green"


@pytest.mark.parametrize(
    ("ratios", "age", "band"),
    [
        ([3.0], 2000.0, "red"),  # whatever the age, the factor of 3 of the requirement
        ([1 / 3], None, "red"),
        ([2.0], 2000.0, "blue"),  # 1.9 times the scatter expected after years, but rare
        ([0.28, 1.0, 1.0], 5.0, "red"),  # 72 % wrong
        ([0.34, 0.34, 0.34], 5.0, "red"),  # 66 % too faint
        ([0.78, 0.78, 0.78], 5.0, "yellow"),  # 22 % too faint in three fields alike
        ([0.87, 0.87, 0.87], 5.0, "blue"),  # 13 %
        ([1.5], 5.0, "yellow"),
        ([1.5], 1000.0, "green"),  # variability is normal
    ],
)
def test_ratios_far_from_one_are_not_green_the_newer_the_catalogue_the_less(ratios, age, band):
    found = plausibility_score("a.ms", fields(ratios, age=age), [URANUS])
    assert found.band == band
    assert (found.score > GREEN) == (found.shortmsg == "Flux densities plausible")


def test_one_spw_alone_is_no_matter_of_the_scale():
    one_off = [measured(4.0 if spw == 0 else 1.0, spw=spw) for spw in range(4)]
    assert score(one_off, URANUS) > GREEN  # the spectral consistency sees it


def test_fields_alike_count_more_than_each_of_them():
    assert score(fields([0.86] * 4), URANUS) < GREEN < score(fields([0.86]), URANUS)


def test_an_uncertain_reference_makes_a_common_ratio_less_doubtful():
    old = replace(QUASAR, age_days=13.0)
    assert score(fields([0.86] * 4), old) > score(fields([0.86] * 4), URANUS)


def test_a_noisy_flux_density_is_not_doubted():
    (m,) = fields([0.7])[:1]
    noisy = replace(m, calibrated=CalibratedFlux(StokesFlux(0.7), 0.35))  # SNR 2
    assert score([noisy], URANUS) > GREEN > score([m], URANUS)


@pytest.mark.parametrize(
    ("flux", "frequency", "band"),
    [
        (40.0, 230e9, "green"),
        (90.0, 230e9, "blue"),
        (300.0, 230e9, "red"),
        (300.0, 1.4e9, "green"),
        (1e5, 1.4e9, "red"),
    ],
)
def test_hundreds_of_jansky_are_for_radio_galaxies_at_low_frequencies(flux, frequency, band):
    bright = measured(flux, catalogue=None, frequency=frequency)
    assert plausibility_score("a.ms", [bright], [URANUS]).band == band
    model = replace(QUASAR, I=flux, frequency_hz=frequency)
    assert plausibility_score("a.ms", [measured(1.0)], [model]).band == band


def test_a_planet_may_be_bright():
    assert score([measured(1.0)], replace(URANUS, I=5000.0)) == 1.0


@pytest.mark.parametrize(
    ("changes", "band", "word"),
    [
        ({}, "green", ""),
        ({"age_days": 14.0}, "green", ""),
        ({"age_days": 30.0}, "blue", "30 days old"),
        ({"age_days": 200.0}, "yellow", "200 days old"),
        ({"age_days": 800.0}, "red", "800 days old"),
        ({"age_days": None, "catalogue_origin": "Source.xml"}, "red", "Source.xml"),
        ({"derived_on": 5e9}, "blue", "itself derived"),
        ({"replaced": 1.0}, "blue", "the MeasurementSet had 1 Jy"),
        ({"replaced": 0.5}, "red", "the MeasurementSet had 0.5 Jy"),
        ({"source": "MeasurementSet", "I": 1.0}, "yellow", "1 Jy in all spws"),
        ({"source": "standard"}, "yellow", "extrapolated"),
        ({"source": "standard", "frequency_hz": 22e9}, "green", ""),
    ],
)
def test_how_well_the_reference_is_known(changes, band, word):
    found = plausibility_score("a.ms", [measured(1.0)], [replace(QUASAR, **changes)])
    assert found.band == band
    assert word in found.longmsg


def test_the_message_has_every_doubt_the_worst_first():
    found = plausibility_score("a.ms", fields([4.0, 1.0], age=None), [replace(QUASAR, age_days=30.0)])
    assert found.longmsg.index("of J0 is 4") < found.longmsg.index("30 days old")
    assert found.value == pytest.approx(4.0)


def test_nothing_measured_is_not_scored_and_no_catalogue_is_said():
    assert plausibility_score("a.ms", [], [URANUS]) is None
    found = plausibility_score("a.ms", [measured(1.0, catalogue=None)], [URANUS])
    assert (found.score, found.value) == (1.0, None)
    assert "none to compare with" in found.longmsg


def test_the_scatter_is_that_of_the_process():
    assert expected_scatter(0.0) == pytest.approx(0.05)
    assert expected_scatter(14.0) == pytest.approx((0.05**2 + 2 * 0.25**2 * (1 - exp(-14 / 250))) ** 0.5)
    assert expected_scatter(None) == pytest.approx(expected_scatter(1e6))


@given(
    ratios=st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=4),
    age=st.none() | st.floats(-1e5, 1e5),
    flux=st.none() | st.floats(1e-9, 1e9),
    replaced=st.none() | st.floats(1e-9, 1e9),
)
def test_every_score_is_between_0_and_1_and_red_beyond_a_factor_of_3(ratios, age, flux, replaced):
    reference = replace(QUASAR, I=flux, replaced=replaced, age_days=age)
    found = plausibility_score("a.ms", fields(ratios, age=age), [reference])
    assert 0 <= found.score <= 1
    if max(max(ratio, 1 / ratio) for ratio in ratios) > 3:
        assert found.band == "red"
