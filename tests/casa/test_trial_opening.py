"""MeasurementSets at which CASA ends the process: a script that ends itself stands for the process that opens them."""

import sys

import pytest

from pipeline_gfluxscale.casa import trial_opening
from pipeline_gfluxscale.casa.trial_opening import check_survives, open_for_trial
from pipeline_gfluxscale.errors import UnreadableDataError

_SCRIPT = """#!/bin/sh
shift 2  # -m and the module
echo start >> {log}
for path in "$@"; do
    case "$path" in *bad*) kill -ABRT $$ ;; esac
    echo opened
done
"""


@pytest.fixture
def starts(tmp_path, monkeypatch):
    """Return a function that tells how often the process was started."""
    script, log = tmp_path / "python", tmp_path / "log"
    script.write_text(_SCRIPT.format(log=log))
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))
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
    assert starts() == 3
    open_for_trial(paths)
    assert starts() == 3


def test_a_single_one_is_not_tried(tmp_path, starts):
    (bad,) = tables(tmp_path, "bad.ms")
    open_for_trial([bad])
    check_survives(bad)
    assert starts() == 0


def test_a_measurementset_that_was_mended_is_tried_again(tmp_path, starts):
    paths = tables(tmp_path, "a.ms", "bad.ms")
    open_for_trial(paths)
    assert starts() == 1
    (tmp_path / "bad.ms" / "SOURCE").mkdir()
    (tmp_path / "bad.ms" / "SOURCE" / "table.dat").touch()
    check_survives(tmp_path / "bad.ms")
    open_for_trial(paths)
    assert starts() == 2
