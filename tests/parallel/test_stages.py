"""Stages before hifa_gfluxscale on several MSs: what they leave in the context, and their tables, are as of each MS."""

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helpers.busy_observation import plan
from pipeline_gfluxscale.casa.tools import open_table
from pipeline_gfluxscale.parallel.choose import using_dask
from pipeline_gfluxscale.pipeline.context import Context
from pipeline_gfluxscale.pipeline.standalone import make_context
from pipeline_gfluxscale.recipes.run_stage import run_stage

NAMES = ("first.ms", "second.ms")
_COLUMNS = ("TIME", "FIELD_ID", "SPECTRAL_WINDOW_ID", "ANTENNA1", "FLAG", "SNR")


def run_stages(names: tuple[str, ...], parallel: Any) -> Context:
    context = make_context(names)
    for command in ("hif_refant", "hifa_bandpass"):
        results = run_stage(context, command, {"parallel": parallel})
        assert not results.failed
        assert all(each.commands or command == "hif_refant" for each in results)
    return context


def solutions(context: Context) -> Iterator[np.ndarray]:
    """Yield the columns of each table of the call library."""
    for name in (table.gaintable for application in context.calibration for table in application.tables):
        with open_table(Path(name)) as table:
            yield from (table.getcol(column) for column in _COLUMNS)
            rows = table.getvarcol("CPARAM")
            yield from (rows[key] for key in sorted(rows))


@pytest.fixture(scope="session")
def in_this_process(copied, tmp_path_factory) -> Context:
    """The context after the stages have worked on a single MS."""
    directory = tmp_path_factory.mktemp("single")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(directory)
        copied(plan("quasar", 0), directory, NAMES[0])
        return run_stages(NAMES[:1], None)


@pytest.mark.parametrize("engine", ["serial", "local", "dask"])
def test_the_context_and_the_tables_are_those_of_a_single_ms(
    engine, in_this_process, copied, tmp_path, monkeypatch, request
):
    monkeypatch.chdir(tmp_path)
    for name in NAMES:
        copied(plan("quasar", 0), tmp_path, name)
    cluster = using_dask(request.getfixturevalue("dask_cluster")) if engine == "dask" else nullcontext()
    with cluster:
        context = run_stages(NAMES, engine != "serial")
    assert context.stage == 2
    assert [each.calto.vis for each in context.calibration] == list(NAMES)
    expected = list(solutions(in_this_process))
    for name, calibration in zip(NAMES, context.calibration, strict=True):
        assert context.observed(name).reference_antennas == in_this_process.observed(NAMES[0]).reference_antennas
        found = solutions(Context(tmp_path, calibration=(calibration,)))
        for ours, theirs in zip(found, expected, strict=True):
            np.testing.assert_array_equal(ours, theirs)
    headings = [line for line in (tmp_path / "casa_commands.log").read_text().splitlines() if line.startswith("#")]
    assert headings == [f"# {name}" for name in NAMES] * 2
    assert list(tmp_path.glob(".*")) == []
