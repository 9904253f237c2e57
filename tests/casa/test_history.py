"""HISTORY, whose rows and number of rows casacore writes one after the other."""

import shutil

import pytest

from helpers.small_observation import PLAN
from pipeline_gfluxscale.casa import history, runtime
from pipeline_gfluxscale.casa.history import all_rows, append_to_history
from pipeline_gfluxscale.casa.model_column import UNFINISHED
from pipeline_gfluxscale.casa.tools import open_table

LINES = [f"line {number}" for number in range(300)]


@pytest.fixture
def vis(simulated):
    return simulated(PLAN)


def messages(vis):
    with open_table(vis / "HISTORY") as table:
        return list(table.getcol("MESSAGE")) if table.nrows() else []


def written_by_casa(vis, lines):
    ms = runtime.casatools().ms()
    ms.open(str(vis), nomodify=False)
    ms.writehistory_batch(messages=lines, origin="setjy")
    ms.close()


def test_they_are_the_rows_that_casa_writes(vis, tmp_path):
    shutil.copytree(vis, tmp_path / "casas.ms")
    written_by_casa(tmp_path / "casas.ms", LINES)
    append_to_history(vis, LINES, "setjy")
    assert messages(vis) == messages(tmp_path / "casas.ms")
    assert messages(vis)[-300:] == LINES
    with open_table(vis / "HISTORY") as ours, open_table(tmp_path / "casas.ms" / "HISTORY") as casas:
        for column in set(ours.colnames()) - {"TIME", "APP_PARAMS", "CLI_COMMAND"}:
            assert list(ours.getcol(column)) == list(casas.getcol(column)), column
    assert not (vis / UNFINISHED).exists()


def test_what_a_killed_writer_left_is_put_right(vis):
    """The rows are written, and their number is not: the next writer used to be aborted by the C library."""
    written_by_casa(vis, LINES[:10])
    before = messages(vis)
    shutil.copy(vis / "HISTORY" / "table.lock", "table.lock")
    written_by_casa(vis, LINES)
    shutil.copy("table.lock", vis / "HISTORY")
    with all_rows(vis / "HISTORY") as rows:
        assert list(rows.getcol("MESSAGE")) == before
        assert len(rows.getcol("TIME")) == len(before)
    append_to_history(vis, ["last"], "setjy")
    assert messages(vis) == [*before, "last"]


def test_a_file_system_that_cannot_exchange_directories(vis, monkeypatch):
    monkeypatch.setattr(history, "_exchanged", lambda _one, _other: False)
    before = messages(vis)
    append_to_history(vis, LINES[:2], "setjy")
    assert messages(vis) == [*before, *LINES[:2]]
    assert not (vis / UNFINISHED).exists()
