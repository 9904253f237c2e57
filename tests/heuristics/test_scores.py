import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_gfluxscale.domain.flux import CalibratedFlux, CatalogueFlux, DerivedFlux, FluxMeasurement, StokesFlux
from pipeline_gfluxscale.files.typed_json import encode
from pipeline_gfluxscale.heuristics.bias_score import bias_score
from pipeline_gfluxscale.heuristics.scores import amplitude_time_score, completeness_score, snr_score
from pipeline_gfluxscale.heuristics.spectral_scores import spectral_consistency_scores

VIS = "uid___A002_X1_X2.ms"
FIELDS = {"J0006-0623": 0, "J0108+0135": 1}


def measurement(spw=17, *, field="J0006-0623", flux=1.0, snr=100.0, catalogue=None, derived=None, bandwidth=2e9):
    """A measured flux density; one without an SNR was not calibrated."""
    return FluxMeasurement(
        field=field,
        field_id=FIELDS[field],
        intents=("PHASE",),
        spw=spw,
        frequency_hz=100e9 + 1e9 * spw,
        bandwidth_hz=bandwidth,
        derived=None if derived is None else DerivedFlux(StokesFlux(derived), 0.01),
        calibrated=None if snr is None else CalibratedFlux(StokesFlux(flux), flux / snr),
        catalogue=None if catalogue is None else CatalogueFlux(StokesFlux(catalogue)),
    )


class TestCompleteness:
    @pytest.mark.parametrize(("measured", "score"), [([17, 19], 1.0), ([17], 0.5), ([], 0.0)])
    def test_the_fraction_of_the_spws(self, measured, score):
        assert completeness_score(VIS, {"J0006-0623": [17, 19]}, {"J0006-0623": measured}).score == score

    def test_what_is_missing_is_named(self):
        expected = {"J0108+0135": [19, 17], "J0006-0623": [17, 19]}
        score = completeness_score(VIS, expected, {"J0006-0623": {17}})
        assert score.score == 0.25
        assert "J0006-0623: spw 19; J0108+0135: spw 17, spw 19" in score.longmsg
        assert VIS in score.longmsg

    def test_what_was_not_expected_does_not_count(self):
        measured = {"J0006-0623": [19], "J0108+0135": [17]}
        assert completeness_score(VIS, {"J0006-0623": [17]}, measured).score == 0

    def test_nothing_expected(self):
        score = completeness_score(VIS, {}, {})
        assert (score.score, score.band) == (0.0, "red")
        assert score.shortmsg == "No flux densities"

    def test_the_score_says_what_it_is_about(self):
        score = completeness_score(VIS, {"J0006-0623": [19, 17]}, {})
        assert (score.metric, score.value, score.units) == ("completeness", 0.0, "fraction")
        assert (score.applies_to.vis, score.applies_to.field, score.applies_to.spw) == (
            VIS,
            "J0006-0623",
            (17, 19),
        )


class TestSnr:
    @pytest.mark.parametrize(
        ("snr", "score"),
        [(5, 0.66), (12.5, 0.78), (20, 0.90), (26.25, 1.0), (1000, 1.0), (2.5, 0.62), (0, 0.58)],
    )
    def test_the_line_through_the_published_points(self, snr, score):
        calibrated = CalibratedFlux(StokesFlux(snr * 0.01), 0.01)
        assert snr_score(VIS, [replace(measurement(), calibrated=calibrated)]).score == pytest.approx(score)

    @pytest.mark.parametrize(
        ("snr", "band"), [(4.9, "yellow"), (0.1, "yellow"), (5.1, "blue"), (19.9, "blue"), (20.1, "green")]
    )
    def test_the_bands_of_the_spec(self, snr, band):
        assert snr_score(VIS, [measurement(snr=snr)]).band == band

    def test_it_is_the_mean_over_the_measurements(self):
        score = snr_score(VIS, [measurement(17, snr=5), measurement(19, snr=30)])
        assert score.score == pytest.approx(0.83)
        assert score.value == pytest.approx(5)

    def test_every_low_field_and_spw_is_named(self):
        score = snr_score(
            VIS,
            [
                measurement(19, field="J0108+0135", snr=7.14),
                measurement(17, snr=100),
                measurement(19, snr=4),
                measurement(17, field="J0108+0135", snr=19),
            ],
        )
        assert "J0006-0623: spw 19 (4.0); J0108+0135: spw 17 (19.0), spw 19 (7.1)" in score.longmsg
        assert score.shortmsg == "Low SNR"
        assert score.applies_to.intent == ("PHASE",)

    def test_nothing_measured(self):
        assert snr_score(VIS, []) is None
        assert snr_score(VIS, [measurement(snr=None)]) is None

    @given(st.lists(st.floats(0.1, 1e4), min_size=1, max_size=8), st.floats(0.01, 10))
    def test_better_data_never_score_worse(self, snr, more):
        one = snr_score(VIS, [measurement(spw, snr=value) for spw, value in enumerate(snr)])
        other = snr_score(VIS, [measurement(spw, snr=value + more) for spw, value in enumerate(snr)])
        assert 0.58 <= one.score <= other.score + 1e-12 <= 1 + 1e-12


class TestSpectralConsistency:
    @pytest.mark.parametrize(
        ("ratio", "score"),
        [
            *((1.0, 1.0), (1.09, 1.0), (0.91, 1.0)),
            *((1.1, 0.75), (0.9, 0.75), (1.19, 0.75), (1.2, 0.75), (0.8, 0.75)),
            *((1.21, 0.5), (0.79, 0.5), (3.0, 0.5)),
        ],
    )
    def test_the_limits_of_the_spec(self, ratio, score):
        measured = [measurement(17, catalogue=1.0), measurement(19, flux=ratio, catalogue=1.0, snr=50)]
        assert [s.score for s in spectral_consistency_scores(VIS, measured)] == [score]

    @given(st.floats(1e-3, 1e3))
    def test_an_error_of_the_whole_scale_cancels(self, factor):
        measured = [measurement(spw, flux=factor, catalogue=1.0) for spw in (17, 19)]
        assert spectral_consistency_scores(VIS, measured)[0].score == 1.0

    def test_the_reference_is_the_best_of_the_wide_spws(self):
        # Against the noisy wide spw 19 the deviation is 5 %, against the narrow spw 17 it would be 11 %.
        measured = [
            measurement(17, flux=0.95, catalogue=1, snr=100, bandwidth=62.5e6),
            measurement(19, flux=1.00, catalogue=1, snr=30),
            measurement(21, flux=1.05, catalogue=1, snr=20),
        ]
        (score,) = spectral_consistency_scores(VIS, measured)
        assert score.value == pytest.approx(0.05)
        assert "from that in spw 19" in score.longmsg

    def test_without_wide_spws_the_median_width_decides(self):
        measured = [
            measurement(17, flux=0.95, catalogue=1, snr=100, bandwidth=62.5e6),
            measurement(19, flux=1.00, catalogue=1, snr=30, bandwidth=125e6),
            measurement(21, flux=1.05, catalogue=1, snr=20, bandwidth=500e6),
        ]
        assert "from that in spw 19" in spectral_consistency_scores(VIS, measured)[0].longmsg

    def test_one_score_per_field_with_catalogue_values(self):
        measured = [
            measurement(19, field="J0108+0135", catalogue=1),
            measurement(17, field="J0108+0135", catalogue=1, flux=1.15, snr=10),
            measurement(17, catalogue=1),
            measurement(19),
        ]
        first, second = spectral_consistency_scores(VIS, measured)
        assert (first.applies_to.field, first.applies_to.spw, first.score) == ("J0006-0623", (17,), 1.0)
        assert (second.applies_to.field, second.applies_to.spw, second.score) == (
            "J0108+0135",
            (17, 19),
            0.75,
        )
        assert "spw 17" in second.longmsg
        assert "15.0%" in second.longmsg

    def test_nothing_to_compare(self):
        assert spectral_consistency_scores(VIS, []) == []
        assert spectral_consistency_scores(VIS, [measurement(), measurement(19, snr=None, catalogue=1)]) == []


class TestAmplitudeAgainstTime:
    @staticmethod
    def spread_by(fraction):
        """Amplitudes with these 20th and 80th percentiles."""
        return 2 * (1 + fraction * np.linspace(-0.5, 0.5, 101) / 0.6)

    @pytest.mark.parametrize(
        ("spread", "score"),
        [(0, 1.0), (0.065, 0.83), (0.13, 0.66), (0.195, 0.5), (0.26, 0.34), (0.5, 0.34)],
    )
    def test_the_published_points(self, spread, score):
        found = amplitude_time_score(VIS, "J1924-2914", 25, self.spread_by(spread))
        assert found.score == pytest.approx(score)
        assert found.value == pytest.approx(spread)
        assert found.applies_to.spw == (25,)

    def test_a_single_outlier_does_not_matter(self):
        amplitudes = np.append(np.ones(50), [100, np.nan, np.inf])
        assert amplitude_time_score(VIS, "J1924-2914", 25, amplitudes).score == 1.0

    @pytest.mark.parametrize("amplitudes", [[], [1.0], [np.nan, 1.0], [0.0, 0.0]])
    def test_nothing_to_compare(self, amplitudes):
        assert amplitude_time_score(VIS, "J1924-2914", 25, amplitudes) is None


class TestBias:
    @pytest.mark.parametrize(
        ("ratio", "band"),
        [
            (1.0, "green"),
            (1.019, "green"),
            (1.021, "blue"),
            (1.049, "blue"),
            (1.051, "yellow"),
            (1.11, "red"),
            (2, "red"),
        ],
    )
    def test_the_bands_follow_the_error_of_the_model(self, ratio, band):
        assert bias_score(VIS, [measurement(derived=ratio, snr=1e4)]).band == band

    def test_the_worst_measurement_counts_and_all_biased_ones_are_named(self):
        score = bias_score(
            VIS,
            [
                measurement(19, field="J0108+0135", derived=1.08),
                measurement(17, field="J0108+0135", derived=1.04),
                measurement(17, derived=1.001),
            ],
        )
        assert score.band == "yellow"
        assert score.value == pytest.approx(1.08)
        assert "too bright by 8.0 %" in score.longmsg
        assert "J0108+0135: spw 17 (1.040 +- 0.002), spw 19 (1.080 +- 0.003)" in score.longmsg
        assert "J0006-0623" not in score.longmsg

    def test_a_model_that_is_too_faint_is_no_noise_bias_but_an_error_all_the_same(self):
        score = bias_score(VIS, [measurement(derived=0.9)])
        assert score.score == pytest.approx(0.33)
        assert "10.0 % too faint" in score.longmsg

    def test_what_is_not_significant_is_not_punished(self):
        # e = 1 / SNR and sigma = e sqrt(0.04): two sigma at SNR 10, three at SNR 15.
        assert bias_score(VIS, [measurement(derived=1.04, snr=9.99)]).score == 1.0
        assert bias_score(VIS, [measurement(derived=1.04, snr=15.01)]).score == pytest.approx(0.74)
        assert 0.74 < bias_score(VIS, [measurement(derived=1.04, snr=12.5)]).score < 1.0

    def test_noise_of_the_flux_scale_itself_is_not_the_ratios(self):
        # The error that fluxscale states is in both flux densities: it hides no bias.
        noisy = replace(measurement(derived=1.06), derived=DerivedFlux(StokesFlux(1.06), 0.2))
        assert bias_score(VIS, [noisy]).band == "yellow"

    @given(st.floats(0, 0.5), st.floats(0, 0.5), st.floats(1, 1e4))
    def test_a_larger_deviation_never_scores_better(self, deviation, other, snr):
        small, large = sorted((deviation, other))
        one = bias_score(VIS, [measurement(derived=1 + small, snr=snr)])
        assert bias_score(VIS, [measurement(derived=1 + large, snr=snr)]).score <= one.score

    def test_nothing_to_compare(self):
        assert bias_score(VIS, []) is None
        assert bias_score(VIS, [measurement(), measurement(19, derived=1.0, snr=None)]) is None


def test_scores_go_to_json():
    measured = [measurement(derived=1.1, catalogue=1.0, snr=9)]
    scores = [
        snr_score(VIS, measured),
        bias_score(VIS, measured),
        *spectral_consistency_scores(VIS, measured),
    ]
    for score in scores:
        assert json.loads(json.dumps(encode(score)))["score"] == score.score
