"""The package at a real CASA prompt, where startup.py imports it."""

import hashlib

import numpy as np

from pipeline_gfluxscale.casa.tools import open_table


def contents(vis):
    """Return digests of the data columns of an MS."""
    with open_table(vis) as table:
        columns = [
            name for name in ("DATA", "MODEL_DATA", "CORRECTED_DATA", "FLAG", "WEIGHT") if name in table.colnames()
        ]
        return {name: hashlib.sha256(np.ascontiguousarray(table.getcol(name))).hexdigest() for name in columns}


def test_help_is_that_of_the_function(casa):
    shown = casa.type("print(hifa_gfluxscale.__doc__)")
    assert "Transfer the absolute flux scale" in shown
    assert "peak_fraction : float" in shown


def test_tab_completes_commands_and_parameters(casa):
    assert "'hifa_gfluxscale'" in casa.type("get_ipython().complete('hifa_g')[1]")
    assert "'minsnr='" in casa.type("get_ipython().complete('mins', 'hifa_gfluxscale(mins', 20)[1]")


def test_without_data_the_error_says_what_to_do(casa):
    assert "MeasurementSet" in casa.type("hifa_gfluxscale()")
    casa.type("context = h_init()")
    assert "InputError" in (shown := casa.type("hifa_gfluxscale()"))
    assert "the context has no data yet" in shown


def test_the_result_is_shown_as_a_table(casa):
    shown = casa.type("hifa_gfluxscale(vis='observed.ms')")
    assert "J0238+1636" in shown
    assert "Derived" in shown
    assert "QA 1.00 completeness" in shown
    assert "ResultsList" not in shown


def test_casalog_receives_the_log(casa):
    log = "".join(file.read_text(errors="replace") for file in casa.directory.glob("casa-*.log"))
    assert "observed.ms: ALMA, 8 antennas, 5 fields" in log
    assert "Measure" in log


def test_ctrl_c_stops_a_run_and_leaves_the_ms_as_it_was(casa):
    before, files = contents(casa.directory / "observed.ms"), set(casa.directory.iterdir())
    shown = casa.interrupt("results = hifa_gfluxscale(vis='observed.ms', minsnr=3)", when="Solve")
    assert "KeyboardInterrupt" in shown
    assert contents(casa.directory / "observed.ms") == before
    # A caltable that was finished stays; the next run replaces it.
    assert {file.suffix for file in set(casa.directory.iterdir()) - files} <= {".tbl"}
    assert "NameError" in casa.type("results")


def test_after_ctrl_c_the_prompt_works_on(casa):
    assert "QA 1.00 completeness" in casa.type("hifa_gfluxscale(vis='observed.ms')")
