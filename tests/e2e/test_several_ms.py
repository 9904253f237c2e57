"""More than one MeasurementSet in a call, with a flux.csv that has entries for both."""

from dataclasses import replace

import pytest

from helpers.stage_runs import BANDPASS, CHECK, PHASE, REFERENCE, Run, assert_true, pairs, small_plan
from pipeline_gfluxscale import hifa_gfluxscale

PLAN = small_plan()


def test_two_ms_with_one_flux_file(simulated, truth):
    """The reference is 30 % brighter in the second: entries mixed up would show."""
    fields = list(PLAN.fields)
    fields[REFERENCE] = replace(fields[REFERENCE], flux_jy=1.3 * fields[REFERENCE].flux_jy)
    first = simulated(PLAN, "first.ms")
    second = simulated(replace(PLAN, fields=tuple(fields), seed=2), "second.ms")
    text = (first.parent / "flux.csv").read_text()
    assert "first.ms" in text
    assert "second.ms" in text
    results = hifa_gfluxscale([str(second), str(first)])
    assert [each.vis for each in results] == ["second.ms", "first.ms"]
    for vis, each in zip((second, first), results, strict=True):
        assert_true(Run(vis, results, each, truth(vis)), pairs([BANDPASS, PHASE, CHECK]))
        assert all(m.ratio == pytest.approx(1, abs=0.01) for m in each.measurements)  # 4 times the noise: `small_plan`
        tables = [name.rsplit("/", 1)[-1] for name in each.caltables]
        assert tables
        assert all(name.startswith(f"{vis.name}.hifa_gfluxscale.s1_") for name in tables)


def test_error_in_one_ms_costs_only_that_one(simulated, truth):
    good = simulated(PLAN, "good.ms")
    bad = simulated(small_plan("none"), "bad.ms")
    results = hifa_gfluxscale([bad, good])
    assert results.failed
    assert "AMPLITUDE" in results[0].error
    assert_true(Run(good, results, results[1], truth(good)), pairs([BANDPASS, PHASE, CHECK]))
