"""Ctrl-C in CASA's tools and after its setjy."""

import random
import signal
from pathlib import Path

import pytest

from pipeline_gfluxscale.casa.tasks import run
from pipeline_gfluxscale.casa.tools import open_table, query
from pipeline_gfluxscale.simulation import standard_plan

PLAN = standard_plan("quasar", antennas=4, channels=4, phase_scans=1)


@pytest.fixture
def _handler_after():
    """Put the handler of Ctrl-C back."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


def ignored():
    """Return whether the system has it that Ctrl-C is ignored, whatever Python believes."""
    (line,) = (s for s in Path("/proc/self/status").read_text().splitlines() if s.startswith("SigIgn:"))
    return bool(int(line.split()[1], 16) >> (signal.SIGINT - 1) & 1)


@pytest.mark.usefixtures("_handler_after")
def test_a_run_in_the_background_goes_on_ignoring_it_after_setjy(simulated):
    vis = simulated(PLAN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    run("setjy", vis=str(vis), field="1", spw="0", standard="manual", fluxdensity=[1, 0, 0, 0], usescratch=True)
    assert ignored()


@pytest.mark.usefixtures("_handler_after")
def test_while_a_table_is_open_it_waits(observation):
    """Without waiting, some of these end in a SystemError and some in nothing at all."""
    vis, moments, came = observation(PLAN) / "observed.ms", random.Random(1), []
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGALRM, lambda _number, _frame: came.append(1) or signal.raise_signal(signal.SIGINT))

    def read_until_it_comes():
        with open_table(vis) as table:
            signal.setitimer(signal.ITIMER_REAL, moments.uniform(0.0001, 0.01))
            while not came:
                with query(table, "FIELD_ID==1") as rows:
                    rows.getcol("TIME")

    for _ in range(100):
        came.clear()
        with pytest.raises(KeyboardInterrupt):
            read_until_it_comes()
