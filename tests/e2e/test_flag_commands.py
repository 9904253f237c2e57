"""Flag commands of the user's: applied to the working copy, counted, and nothing of them in the MeasurementSet."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from helpers.stage_runs import (
    BANDPASS,
    CHECK,
    PHASE,
    REFERENCE,
    Run,
    antenna_id,
    assert_same_fluxes,
    assert_true,
    pairs,
    small_plan,
)
from pipeline_gfluxscale import hifa_gfluxscale
from pipeline_gfluxscale.casa import runtime
from pipeline_gfluxscale.casa.flag_selection import check_flag_commands, select_flags
from pipeline_gfluxscale.casa.ms_reader import read_measurementset
from pipeline_gfluxscale.casa.tools import open_table
from pipeline_gfluxscale.errors import FileFormatError
from pipeline_gfluxscale.files.flag_file import parse_flag_commands
from pipeline_gfluxscale.simulation import Disturbance, FlagSelection
from pipeline_gfluxscale.stages.gfluxscale.serialization import read_results

ALL = pairs([BANDPASS, PHASE, CHECK])
PLAN = small_plan()


def flagged(observation, text: str) -> np.ndarray:
    """Return which visibilities of all rows a command flags, with channels of those of other shapes alike."""
    ms = read_measurementset(observation(PLAN) / "observed.ms")
    commands = parse_flag_commands(text, "a.txt")
    check_flag_commands(ms, commands)
    flags = select_flags(ms, commands)
    with open_table(ms.path) as table:
        flag = np.zeros(table.getcol("FLAG").shape, dtype=bool)
        spws = table.getcol("DATA_DESC_ID")
    for spw in np.unique(spws):
        rows = np.flatnonzero(spws == spw)
        flag[:, :, rows] = flags.flag(flag[:, :, rows], rows, int(spw))
    return flag


def test_selections_are_those_of_flagdata(observation, tmp_path, monkeypatch):
    """CASA's flagdata, on a copy, flags the same visibilities."""
    monkeypatch.chdir(tmp_path)
    commands = [
        "mode='manual' antenna='DA41'",
        "mode='manual' antenna='DA41&DA43;DA44'",
        "mode='manual' antenna='!DA41' scan='1~2'",
        "mode='manual' antenna='DA41&&*' spw='1:2~3;6' correlation='YY'",
        "mode='manual' intent='*PHASE*' uvrange='<60m'",
        "mode='manual' antenna='DA42' timerange='2023/11/20/04:00:10~2023/11/20/04:00:40'",
        "mode='manual' spw='*:0~1;7' field='0,3'",
    ]
    shutil.copytree(observation(PLAN) / "observed.ms", "copy.ms")
    for command in commands:
        casatasks = runtime.casatasks()
        casatasks.flagdata("copy.ms", mode="unflag", flagbackup=False)
        casatasks.flagdata("copy.ms", mode="list", inpfile=[command], flagbackup=False)
        with open_table("copy.ms") as table:
            expected = table.getcol("FLAG")
        assert expected.any(), command
        np.testing.assert_array_equal(flagged(observation, command), expected, err_msg=command)


@pytest.mark.parametrize(
    "selection",
    ["antenna='DA4l'", "spw='99'", "field='nowhere'", "timerange='noon'", "intent='PHASE'", "correlation='RR'"],
)
def test_a_selection_that_casa_refuses_is_an_error_with_file_and_line(observation, selection):
    ms = read_measurementset(observation(PLAN) / "observed.ms")
    name = selection.split("=")[0]
    with pytest.raises(FileFormatError, match=f"a.txt, line 3: {name}="):
        check_flag_commands(ms, parse_flag_commands(f"\n\nmode='manual' {selection}", "a.txt"))


def test_a_bad_antenna_is_flagged_by_the_users_file(run, simulated, truth):
    """An antenna whose amplitudes jump between the fields spoils the scale; flagged by command it does not. The fluxes
    are those of data in which it is flagged, and the MeasurementSet has the flags it had."""
    bad = tuple(Disturbance(antenna=4, scan=scan, factor=1 + 0.3 * (scan % 3)) for scan in range(1, 7))
    vis = simulated(replace(PLAN, disturbances=bad))
    name = read_measurementset(vis).antennas[4].name
    assert antenna_id(name) == 4
    with open_table(vis) as table:
        before = table.getcol("FLAG"), table.getcol("FLAG_ROW")
    vis.with_name("observed.flagtemplate.txt").write_text(
        f"# bad gains\nmode='manual' antenna='{name}' reason='bad gains'\n"
        "mode='manual' spw='0:2~3'\nmode='manual' scan='99'\n"
    )
    results = hifa_gfluxscale(vis)
    observed = Run(vis, results, results[0], truth(vis))
    assert_true(observed, ALL)
    without = run(replace(PLAN, flags=(FlagSelection(antenna=4),)))
    assert_same_fluxes(observed, without, 0.003)  # a quarter of spw 0 is left out besides: noise of 0.1 %
    assert not np.any(observed.amplitudes.good & (observed.amplitudes.antenna == 4))
    with open_table(vis) as table:
        for column, values in zip(("FLAG", "FLAG_ROW"), before, strict=True):
            np.testing.assert_array_equal(table.getcol(column), values)
        chosen = (table.getcol("ANTENNA1") == 4) | (table.getcol("ANTENNA2") == 4)
        chosen &= np.isin(table.getcol("FIELD_ID"), [BANDPASS, PHASE, REFERENCE, CHECK])
        expected = int(np.sum(~table.getcol("FLAG")[:, :, chosen]))
    assert not list(vis.parent.glob("*.flagversions"))
    first, second, third = observed.results.user_flags
    assert first.number == expected
    assert 0 < second.number < expected
    assert third.number == 0
    assert [text for text in observed.results.warnings if "scan='99'" in text and "selects no data" in text]
    saved = vis.with_name("results.json")
    saved.write_text(json.dumps(results.to_dict()))
    assert read_results(saved)[0].user_flags == observed.results.user_flags


def test_a_bad_command_stops_the_run_before_any_work(simulated):
    vis = simulated(PLAN)
    vis.with_name("mine.txt").write_text("mode='manual' antenna='DA99'\n")
    with pytest.raises(FileFormatError, match=r"mine.txt, line 1: antenna='DA99'"):
        hifa_gfluxscale(vis, flagfile="mine.txt")
    assert not vis.with_name("casa_commands.log").exists()
    with open_table(vis) as table:
        assert "MODEL_DATA" not in table.colnames()


def test_a_polarisation_of_the_reference_is_flagged(simulated, truth):
    """The other one is used, of all fields: the gains of the polarisations differ by 10 %, which would go into the
    flux densities otherwise."""
    vis = simulated(PLAN)
    vis.with_name("mine.txt").write_text(f"mode='manual' field='{REFERENCE}' correlation='YY'\n")
    results = hifa_gfluxscale(vis, flagfile="mine.txt")
    observed = Run(vis, results, results[0], truth(vis))
    assert_true(observed, ALL)
    (said,) = [text for text in observed.results.warnings if "YY" in text]
    assert said.startswith("spw 0, 1: YY of J0423-0120 #3 is flagged")
