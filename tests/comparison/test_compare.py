"""The comparison of execution blocks, from flux densities that are plain data."""

from dataclasses import replace
from statistics import mean

import pytest

from pipeline_gfluxscale.domain.flux import CalibratedFlux, DerivedFlux, FluxMeasurement, StokesFlux
from pipeline_gfluxscale.domain.qa import QAScore
from pipeline_gfluxscale.domain.reference import ReferenceFlux
from pipeline_gfluxscale.heuristics.block_agreement import BlockScale
from pipeline_gfluxscale.heuristics.block_scores import block_score, stated_accuracy
from pipeline_gfluxscale.stages.comparison.blocks import ExecutionBlock
from pipeline_gfluxscale.stages.comparison.compare import compare
from pipeline_gfluxscale.stages.comparison.equalize import equalized, in_words
from pipeline_gfluxscale.stages.comparison.show import block_table, source_table

DAY = 86400.0
START = 60000 * DAY
SETUP = (224e9, 226e9)
OTHER_SETUP = (240e9, 242e9)


def block(vis: str, scale: float = 1.0, *, day: float = 0.0, setup=SETUP, qa=(), fields=("J1", "J2")) -> ExecutionBlock:
    """Return a block whose flux densities are those of power laws of index -0.7, times `scale`."""
    measurements = [
        measurement(field, spw, frequency, (number + 1) * scale * (frequency / 230e9) ** -0.7)
        for number, field in enumerate(fields)
        for spw, frequency in enumerate(setup)
    ]
    return ExecutionBlock.of(vis, START + day * DAY, measurements, qa)


def measurement(field: str, spw: int, frequency: float, flux: float, adopted_from=()) -> FluxMeasurement:
    calibrated = CalibratedFlux(StokesFlux(flux), 0.005 * flux, 0.001 * flux, 0.001 * flux, 0.0005 * flux)
    return FluxMeasurement(
        field, 0, ("PHASE",), spw, frequency, 1.9e9, calibrated=calibrated, adopted_from=adopted_from
    )


def test_blocks_are_in_order_of_time_with_iso_dates():
    comparison = compare((block("late.ms", day=1), block("early.ms")))
    assert [each.vis for each in comparison.blocks] == ["early.ms", "late.ms"]
    assert comparison.blocks[0].start == "2023-02-25T00:00:00Z"  # MJD 60000


def test_sources_have_the_weighted_mean_of_their_spws():
    comparison = compare((block("a.ms"), block("b.ms"), block("c.ms")))
    assert [(s.field, s.frequency_hz, s.n) for s in comparison.sources] == [
        ("J1", 224e9, 3), ("J1", 226e9, 3), ("J2", 224e9, 3), ("J2", 226e9, 3),
    ]  # fmt: skip
    first = comparison.sources[0]
    assert pytest.approx((224 / 230) ** -0.7) == first.I
    # The uncertainty of each point is that of its reference, 5 %; the measurement's is 35 times smaller.
    assert first.uncertainty == pytest.approx(0.05 * first.I / 3**0.5, rel=0.01)
    assert first.chi2 == pytest.approx(0, abs=1e-12)  # rounding
    assert first.excess == 0


def test_other_setups_are_carried_over_by_the_fitted_spectrum():
    comparison = compare((block("a.ms"), block("b.ms"), block("c.ms", setup=OTHER_SETUP)))
    (source,) = [s for s in comparison.sources if s.field == "J1" and s.frequency_hz == 224e9]
    carried = {point.vis: point for point in source.points if point.carried}
    assert list(carried) == ["c.ms"]
    assert pytest.approx((224 / 230) ** -0.7, rel=1e-6) == carried["c.ms"].I  # rounding
    # The flux densities are exact; the prior of the spectral index changes the factor of c.ms by 5e-4.
    assert all(abs(each.factor - 1) < 1e-3 for each in comparison.blocks)


def test_adopted_flux_densities_do_not_count():
    adopted = [measurement("J1", 0, 224e9, 9.0, adopted_from=("a.ms",))]
    comparison = compare((block("a.ms"), block("b.ms"), ExecutionBlock.of("adopting.ms", START, adopted)))
    (adopting,) = [each for each in comparison.blocks if each.vis == "adopting.ms"]
    assert adopting.factor is None
    assert all(source.n == 2 for source in comparison.sources)


def test_blocks_of_one_name_are_told_apart():
    comparison = compare((block("a.ms", 1.2), block("a.ms", day=1), block("a.ms", day=2)))
    # Three standard errors.
    assert [each.factor == pytest.approx(1 / 1.2, abs=0.02) for each in comparison.blocks] == [True, False, False]
    assert comparison.factor("a.ms") is None  # it is not clear of which


def test_a_block_that_is_off_says_what_else_is_wrong_with_it():
    low = QAScore("snr", 0.4, "low SNR", "...")
    comparison = compare((block("a.ms"), block("b.ms"), block("off.ms", 1.3, qa=(low,))))
    score = next(each for each in comparison.scores if each.applies_to.vis == "off.ms")
    assert score.score < 0.33  # red
    assert "possible reasons: snr: low SNR" in score.longmsg


def test_blocks_without_calibrators_in_common_have_no_score():
    comparison = compare((block("a.ms", fields=("J1",)), block("b.ms", fields=("J2",))))
    assert comparison.scores == ()
    assert comparison.sources == ()
    assert {each.message for each in comparison.blocks} == {"it has no calibrator in common with another block"}


def test_tables():
    comparison = compare((block("a.ms"), block("b.ms", 1.1)))
    assert [row[0] for row in block_table(comparison).rows] == ["a.ms", "b.ms"]
    assert len(source_table(comparison).rows) == 4


@pytest.mark.parametrize(("ghz", "accuracy"), [(90, 0.05), (230, 0.05), (345, 0.10), (410, 0.10), (690, 0.20)])
def test_stated_accuracy(ghz, accuracy):
    assert stated_accuracy(ghz * 1e9) == accuracy


@pytest.mark.parametrize(
    ("ghz", "deviation", "score"),
    [
        # Linear between (accuracy, 0.9), (2 x accuracy, 0.66) and (3 x accuracy, 0.33).
        (100, 0.05, 0.90), (100, 0.10, 0.66), (230, 0.15, 0.33), (345, 0.10, 0.90), (460, 0.20, 0.66),
        (690, 0.20, 0.90), (690, 0.10, 0.95),
    ],
)  # fmt: skip
def test_thresholds_by_band(ghz, deviation, score):
    scale = BlockScale("a.ms", 1 / (1 + deviation), 0.001, deviation, 0.001, 3, ("b.ms", "c.ms"))
    found = block_score("a.ms", scale, ghz * 1e9)
    assert found.score == pytest.approx(score)
    assert f"stated accuracy is {stated_accuracy(ghz * 1e9):.0%}" in found.longmsg


def test_chi_squared_of_two_flux_densities():
    comparison = compare((block("a.ms", 1.1), block("b.ms")))
    first = comparison.sources[0]
    error = [point.uncertainty for point in first.points]
    flux = [point.I for point in first.points]
    # Of two values about their weighted mean: the square of their difference over the sum of their variances.
    assert first.chi2 == pytest.approx((flux[0] - flux[1]) ** 2 / (error[0] ** 2 + error[1] ** 2))
    # Uncertainties of 5.0 % each, which are mostly those of the references.
    assert first.chi2 == pytest.approx((0.1 / 0.05) ** 2 / (1.1**2 + 1), rel=0.01)


def test_the_excess_is_the_scatter_beyond_the_uncertainties():
    comparison = compare(tuple(block(f"{scale}.ms", scale) for scale in (0.7, 1.0, 1.3)))
    # The variance of 0.7, 1.0 and 1.3 is 0.3^2; the mean of the squared errors is 0.05^2 (0.49 + 1 + 1.69) / 3.
    assert comparison.sources[0].excess == pytest.approx(
        (0.09 - 0.0025 * 3.18 / 3) ** 0.5 * (224 / 230) ** -0.7 / comparison.sources[0].I, rel=0.01
    )


def test_equal_results_of_a_block_count_once():
    once = compare((block("a.ms", 1.1), block("b.ms"), block("c.ms")))
    twice = compare((block("a.ms", 1.1), block("b.ms"), block("c.ms"), block("a.ms", 1.1)))
    assert [each.factor for each in twice.blocks if each.factor] == [each.factor for each in once.blocks]
    (other,) = [each for each in twice.blocks if each.factor is None]
    assert "another result of the same block, and count once" in other.message
    assert twice.sources == once.sources


def test_different_results_of_a_block_are_compared_with_a_note():
    comparison = compare((block("a.ms", 1.1), block("a.ms"), block("c.ms")))
    assert len(comparison.scores) == 3
    assert "a.ms 2023-02-25 00:00 has several results that differ" in comparison.notes[0]


def test_groups_without_a_common_calibrator_are_noted():
    comparison = compare((block("a.ms"), block("b.ms"), block("c.ms", fields=("J8",)), block("d.ms", fields=("J8",))))
    assert "2 groups of blocks have no calibrator in common" in comparison.notes[0]
    assert "from that of d.ms, by 1 calibrator" in comparison.blocks[2].message


def test_solar_system_objects_are_left_out():
    """Their flux density changes with the distance."""
    comparison = compare((block("a.ms", fields=("Ceres", "J1")), block("b.ms", fields=("Ceres", "J1"))))
    assert {source.field for source in comparison.sources} == {"J1"}


def test_the_reasons_of_a_deviation_are_named():
    references = [
        ReferenceFlux("J9", 5, 0, 224e9, flux, "flux file", "flux.csv") for flux in (3.0, 3.0, 3.3)
    ]  # fmt: skip
    blocks = [
        replace(
            block(vis, scale), references=(reference,), findings=("its reference is resolved",) if scale > 1 else ()
        )
        for vis, scale, reference in zip(("a.ms", "b.ms", "off.ms"), (1.0, 1.0, 1.1), references, strict=True)
    ]
    message = compare(tuple(blocks)).blocks[2].message
    assert "the flux density of its reference J9 is +10.0% from that in the other blocks" in message
    assert "its reference is resolved" in message


def test_flux_densities_without_errors_have_little_weight():
    bare = CalibratedFlux(StokesFlux(1.3), 0.0)
    unknown = FluxMeasurement("J1", 0, ("PHASE",), 0, 224e9, 1.9e9, calibrated=bare)
    comparison = compare((block("a.ms"), block("b.ms"), ExecutionBlock.of("bare.ms", START, [unknown])))
    assert comparison.blocks[0].factor == pytest.approx(1.0, abs=0.01)  # its standard error is 0.5 %
    assert comparison.blocks[2].uncertainty > 0.03


def test_more_than_40_blocks():
    blocks = [block(f"eb{number}.ms", 1.07 if number == 17 else 1.0, day=0.05 * number) for number in range(45)]
    comparison = compare(tuple(blocks))
    # The standard error of a factor is 0.6 %.
    assert [each.vis for each in comparison.blocks if abs(each.factor - 1) > 0.03] == ["eb17.ms"]
    # 3 standard errors.
    assert comparison.blocks[17].factor == pytest.approx(1 / 1.07, abs=3 * comparison.blocks[17].uncertainty)


def adopting(vis: str, *sources: ExecutionBlock) -> list[FluxMeasurement]:
    """Return measurements whose derived flux densities are the means of the flux densities of other blocks."""
    names = tuple(source.vis for source in sources)
    return [
        replace(with_derived(m), calibrated=None, adopted_from=names,
                derived=DerivedFlux(StokesFlux(mean([s.measurements[i].calibrated.stokes.I for s in sources])), 0.01))
        for i, m in enumerate(sources[0].measurements)
    ]  # fmt: skip


def with_derived(m: FluxMeasurement) -> FluxMeasurement:
    return replace(m, derived=DerivedFlux(m.calibrated.stokes, 0.01, 10))


def test_an_adopted_flux_density_is_equalized_by_the_factors_of_its_sources():
    blocks = block("a.ms"), block("b.ms"), block("off.ms", 1.2)
    measured = {each.vis: [with_derived(m) for m in each.measurements] for each in blocks}
    measured["adopting.ms"] = adopting("adopting.ms", blocks[0], blocks[2])
    comparison = compare((*blocks, ExecutionBlock.of("adopting.ms", START, measured["adopting.ms"])))
    models = equalized("adopting.ms", measured, comparison)
    for model, steady in zip(models, measured["a.ms"], strict=True):
        # The mean of a flux density and one that is 20 % too high is 10 % too high.
        assert model.model_factor == pytest.approx(1 / 1.1, rel=0.01)
        assert model.model_factor * model.derived.stokes.I == pytest.approx(steady.derived.stokes.I, rel=0.01)
    words = in_words(comparison, "adopting.ms", models)
    assert "adopted flux densities times 0.909" in words
    assert "by the factors of a.ms, off.ms" in words


def test_without_a_factor_nothing_is_equalized():
    blocks = block("a.ms", fields=("J1",)), block("b.ms", fields=("J2",))
    measured = {each.vis: [with_derived(m) for m in each.measurements] for each in blocks}
    comparison = compare(blocks)
    assert equalized("a.ms", measured, comparison) is None
    assert "its models stay the derived flux densities" in in_words(comparison, "a.ms", None)


def test_what_most_blocks_have_is_no_reason():
    low, own = QAScore("snr", 0.4, "low SNR", "..."), QAScore("completeness", 0.5, "Missing", "...")
    blocks = (block("a.ms", qa=(low,)), block("b.ms", qa=(low,)), block("off.ms", 1.3, qa=(low, own)))
    assert compare(blocks).blocks[2].message.endswith("possible reasons: completeness: Missing")
