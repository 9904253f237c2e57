"""MeasurementSets at which CASA ends the process: a function that ends its process stands for CASA."""

import os
import time

import pytest

from pipeline_gfluxscale.casa import trial_opening
from pipeline_gfluxscale.casa.trial_opening import check_survives, open_for_trial
from pipeline_gfluxscale.errors import UnreadableDataError


@pytest.fixture
def starts(tmp_path, monkeypatch):
    """Return a function that tells how many MeasurementSets were opened."""
    log = tmp_path / "log"

    def open_tables(path):
        with log.open("a") as file:
            file.write(f"{path}\n")
        if "bad" in path.name:
            os.abort()
        if "endless" in path.name:
            time.sleep(60)

    monkeypatch.setattr(trial_opening, "_open_tables", open_tables)
    monkeypatch.setattr(trial_opening, "_found", {})
    return lambda: len(log.read_text().splitlines()) if log.exists() else 0


def tables(directory, *names):
    paths = [directory / name for name in names]
    for path in paths:
        path.mkdir()
        (path / "table.dat").touch()
    return paths


def test_those_that_end_the_process_are_refused_and_the_others_are_tried(tmp_path, starts):
    a, bad, b, bad2, c = paths = tables(tmp_path, "a.ms", "bad.ms", "b.ms", "bad2.ms", "c.ms")
    open_for_trial([*paths, tmp_path / "none.ms"])
    for path in (a, b, c):
        check_survives(path)
    for path in (bad, bad2):
        with pytest.raises(UnreadableDataError, match=r"CASA ends the process that opens it \(signal 6\)"):
            check_survives(path)
    assert starts() == 5
    open_for_trial(paths)
    assert starts() == 5


def test_a_single_one_is_tried_too(tmp_path, starts):
    (bad,) = tables(tmp_path, "bad.ms")
    open_for_trial([bad])
    with pytest.raises(UnreadableDataError, match="signal 6"):
        check_survives(bad)


def test_one_that_is_never_open_is_refused(tmp_path, starts, monkeypatch):
    monkeypatch.setattr(trial_opening, "_LONGEST", 0.2)
    endless, good = tables(tmp_path, "endless.ms", "good.ms")
    open_for_trial([endless, good])
    check_survives(good)
    with pytest.raises(UnreadableDataError, match="does not end opening it"):
        check_survives(endless)


def test_a_measurementset_that_was_mended_is_tried_again(tmp_path, starts):
    paths = tables(tmp_path, "a.ms", "bad.ms")
    open_for_trial(paths)
    assert starts() == 2
    (tmp_path / "bad.ms" / "SOURCE").mkdir()
    (tmp_path / "bad.ms" / "SOURCE" / "table.dat").touch()
    check_survives(tmp_path / "bad.ms")
    open_for_trial(paths)
    assert starts() == 3
