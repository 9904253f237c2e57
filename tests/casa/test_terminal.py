"""What CASA prints: in its log and counted, on the terminal only where it matters."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline_gfluxscale.casa import runtime, tasks, terminal
from pipeline_gfluxscale.errors import CasaTaskError
from pipeline_gfluxscale.simulation import standard_plan
from pipeline_gfluxscale.system.logs import console_logging

PLAN = standard_plan("quasar", antennas=4, channels=4, phase_scans=1)


@pytest.fixture
def casalog(tmp_path):
    """Return CASA's log, which goes to a file of its own for a test; nothing is counted yet."""
    log = runtime.casatasks().casalog
    before = log.logfile()
    log.setlogfile(str(tmp_path / "casa.log"))
    terminal.take_count()
    yield log
    log.setlogfile(before)


def print_like_casa(log) -> None:
    os.write(1, b"The following MS spws have no corresponding cal spws in x.tbl: 3\n\n")
    log.post("Only one ObsId", "WARN")
    log.post("it is broken", "SEVERE")


def test_it_goes_to_the_log_and_is_counted(casalog, capfd):
    with terminal.kept_in_log() as printed:
        print_like_casa(casalog)
    os.write(1, b"after\n")
    assert capfd.readouterr() == ("after\n", "")
    assert printed.lines == ["The following MS spws have no corresponding cal spws in x.tbl: 3"]
    assert (printed.warnings, printed.severe) == (["Only one ObsId"], ["it is broken"])
    log = Path(casalog.logfile())
    assert terminal.take_count() == (3, log)
    assert terminal.take_count() == (0, log)
    for words in ("no corresponding cal spws in x.tbl: 3", "Only one ObsId", "it is broken"):
        assert log.read_text().count(words) == 1


def test_output_is_restored_after_an_exception(casalog, capfd):
    with pytest.raises(KeyboardInterrupt), terminal.kept_in_log():
        raise KeyboardInterrupt
    os.write(2, b"heard\n")
    assert capfd.readouterr().err == "heard\n"


def test_within_another_call_the_outer_one_has_it(casalog, capfd):
    with terminal.kept_in_log() as outer:
        with terminal.kept_in_log() as inner:
            os.write(1, b"words\n")
        os.write(1, b"more\n")
    assert (outer.lines, inner.lines) == (["words", "more"], [])
    assert capfd.readouterr().out == ""


def test_with_debug_messages_the_terminal_has_it(casalog, capfd, caplog):
    caplog.set_level(logging.DEBUG, "pipeline_gfluxscale")
    with terminal.kept_in_log():
        print_like_casa(casalog)
    captured = capfd.readouterr()
    assert "no corresponding cal spws" in captured.out
    assert "Only one ObsId" in captured.err
    assert terminal.take_count()[0] == 0


def test_the_last_words_of_a_crash_are_on_the_terminal(tmp_path):
    script = (
        "import os; from pipeline_gfluxscale.casa import runtime, terminal; runtime.casatools()\n"
        "with terminal.kept_in_log():\n    os.write(2, b'terminate called\\n'); os.abort()"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode < 0
    assert "CASA ended the process. Its last lines:\nterminate called\n" in done.stderr


def test_a_run_that_ends_well_has_no_last_words(tmp_path):
    script = (
        "import os; from pipeline_gfluxscale.casa import runtime, terminal; runtime.casatools()\n"
        "with terminal.kept_in_log():\n    os.write(2, b'noise\\n')"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "noise" not in done.stderr
    assert "Its last lines" not in done.stderr


def test_a_log_on_the_terminal_ends_with_how_much_it_was(casalog, capsys):
    # pytest has handlers at the root, which stand for an application with logging of its own
    root = logging.getLogger()
    handlers, root.handlers = root.handlers, []
    try:
        with console_logging(), terminal.kept_in_log():
            print_like_casa(casalog)
    finally:
        root.handlers = handlers
    assert "CASA printed 3 more lines: see" in capsys.readouterr().out


def test_a_failure_says_what_was_to_be_done_before_what_casa_says(observation, casalog):
    vis = observation(PLAN) / "observed.ms"
    with pytest.raises(CasaTaskError) as caught:
        tasks.run("gaincal", vis=vis, caltable="x.tbl", field="1", spw="77")
    ours, casas = str(caught.value).split("; CASA's gaincal says: ")
    assert ours == "the gain solve for observed.ms (field 1, spw 77) failed"
    assert "No match found for 77" in casas


def test_a_severe_message_without_a_failure_is_told(casalog, caplog, monkeypatch):
    monkeypatch.setattr(runtime.casatasks(), "listobs", lambda: casalog.post("it is broken", "SEVERE"))
    tasks.run("listobs")
    assert "CASA's listobs says: it is broken" in caplog.text
