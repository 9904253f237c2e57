"""The comparison of execution blocks, from flux densities that are plain data."""

import pytest

from pipeline_gfluxscale.domain.flux import CalibratedFlux, FluxMeasurement, StokesFlux
from pipeline_gfluxscale.domain.qa import QAScore
from pipeline_gfluxscale.heuristics.block_scores import stated_accuracy
from pipeline_gfluxscale.tasks.comparison.blocks import ExecutionBlock
from pipeline_gfluxscale.tasks.comparison.compare import compare
from pipeline_gfluxscale.tasks.comparison.show import block_table, source_table

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
    assert first.chi2 == pytest.approx(0, abs=1e-12)
    assert first.excess == 0


def test_other_setups_are_carried_over_by_the_fitted_spectrum():
    comparison = compare((block("a.ms"), block("b.ms"), block("c.ms", setup=OTHER_SETUP)))
    (source,) = [s for s in comparison.sources if s.field == "J1" and s.frequency_hz == 224e9]
    carried = {point.vis: point for point in source.points if point.carried}
    assert list(carried) == ["c.ms"]
    assert pytest.approx((224 / 230) ** -0.7, rel=1e-6) == carried["c.ms"].I
    assert all(abs(each.factor - 1) < 0.01 for each in comparison.blocks)


def test_adopted_flux_densities_do_not_count():
    adopted = [measurement("J1", 0, 224e9, 9.0, adopted_from=("a.ms",))]
    comparison = compare((block("a.ms"), block("b.ms"), ExecutionBlock.of("adopting.ms", START, adopted)))
    (adopting,) = [each for each in comparison.blocks if each.vis == "adopting.ms"]
    assert adopting.factor is None
    assert all(source.n == 2 for source in comparison.sources)


def test_blocks_of_one_name_are_told_apart():
    comparison = compare((block("a.ms", 1.2), block("a.ms", day=1), block("a.ms", day=2)))
    assert [each.factor == pytest.approx(1 / 1.2, abs=0.02) for each in comparison.blocks] == [True, False, False]
    assert comparison.factor("a.ms") is None  # it is not clear of which


def test_a_block_that_is_off_says_what_else_is_wrong_with_it():
    low = QAScore("snr", 0.4, "low SNR", "...")
    comparison = compare((block("a.ms"), block("b.ms"), block("off.ms", 1.3, qa=(low,))))
    score = next(each for each in comparison.scores if each.applies_to.vis == "off.ms")
    assert score.score < 0.33
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
