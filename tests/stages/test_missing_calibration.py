"""Raw data without the calibration that they need: refused, or marked in the flux densities, scores and words."""

import shutil
from pathlib import Path

import pytest

from helpers.chain import BANDPASS, CHECK, PHASE, REFERENCE, standard_observation
from pipeline_gfluxscale import hifa_gfluxscale
from pipeline_gfluxscale.casa import runtime
from pipeline_gfluxscale.casa.ms_reader import read_measurementset
from pipeline_gfluxscale.casa.tools import open_table, query
from pipeline_gfluxscale.errors import FileFormatError, InputError
from pipeline_gfluxscale.pipeline.raw_data import can_be_calibrated
from pipeline_gfluxscale.pipeline.standalone import make_context
from pipeline_gfluxscale.recipes.run_stage import run_stage
from pipeline_gfluxscale.simulation import with_system_temperatures

# Farther apart than usual: no antenna is shadowed.
CALIBRATED = standard_observation(spread=1.5)
RAW = with_system_temperatures(CALIBRATED)
TSYS_OF_SPW_1 = 5


def remove_temperatures(vis: Path, which: str = "ANTENNA_ID >= 0") -> None:
    with open_table(vis / "SYSCAL", write=True) as table:
        with query(table, which) as rows:
            numbers = rows.rownumbers()
        table.removerows(numbers)


def set_temperatures(vis: Path, kelvin: float, which: str = "ANTENNA_ID >= 0") -> None:
    with open_table(vis / "SYSCAL", write=True) as table, query(table, which) as rows:
        rows.putcol("TSYS_SPECTRUM", 0 * rows.getcol("TSYS_SPECTRUM") + kelvin)


def without_subtable(vis: Path) -> None:
    shutil.rmtree(vis / "SYSCAL")
    with open_table(vis, write=True) as table:
        table.removekeyword("SYSCAL")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (remove_temperatures, "its SYSCAL table is empty"),
        (without_subtable, "it has no SYSCAL table"),
        (lambda vis: set_temperatures(vis, 0.0), "missing, 0 or not a number"),
        (lambda vis: set_temperatures(vis, float("nan")), "missing, 0 or not a number"),
    ],
)
def test_raw_data_without_system_temperatures_are_refused(simulated, spoil, words):
    vis = simulated(RAW)
    assert can_be_calibrated(vis)
    spoil(vis)
    assert not can_be_calibrated(vis)
    with pytest.raises(InputError) as caught:
        hifa_gfluxscale(vis=vis)
    assert "raw ALMA data (scans 1,3,5,7,9 measured system temperatures)" in str(caught.value)
    assert words in str(caught.value)
    assert not Path("casa_commands.log").exists()


def test_raw_data_need_their_calibration_at_the_prompt_too(simulated):
    with pytest.raises(InputError, match="no calibration for them; 'gfluxscale run' and the stages before"):
        hifa_gfluxscale(vis=simulated(RAW))


def test_data_that_were_split_off_calibrated_are_not_raw(simulated):
    vis = simulated(RAW)
    casa = runtime.casatasks()
    casa.clearcal(vis=str(vis), addmodel=False)
    casa.split(vis=str(vis), outputvis="calibrated.ms", datacolumn="corrected")
    assert can_be_calibrated(vis)
    assert not can_be_calibrated(Path("calibrated.ms"))
    assert make_context("calibrated.ms").data


@pytest.fixture
def chained(simulated, tmp_path):
    """Return a function that runs the chain on raw data, changed before, up to the flux scale."""

    def run(change):
        vis = simulated(RAW)
        change(vis)
        context = make_context(vis, output_dir=tmp_path)
        for command in ("h_tsyscal", "hif_setmodels", "hifa_bandpass", "hifa_gfluxscale"):
            (results,) = run_stage(context, command, {})
            assert not results.error
        return results

    return run


def score(results) -> float:
    (found,) = [each for each in results.qa if each.metric == "calibration_applied"]
    return found.score


def test_a_spw_without_system_temperatures_is_marked(chained):
    results = chained(lambda vis: remove_temperatures(vis, f"SPECTRAL_WINDOW_ID == {TSYS_OF_SPW_1}"))
    caveats = {(m.field_id, m.spw): m.caveats for m in results.measurements if m.caveats}
    assert caveats == {(field, 1): ("no Tsys",) for field in (BANDPASS, PHASE, CHECK)}
    (warning,) = [each for each in results.warnings if "Tsys" in each]
    assert "J0238+1636 #0, J0309+1029 #1, J0423-0120 #3, J0325+1307 #4 in spw 1" in warning
    assert score(results) < 0.33  # red
    assert [m["caveats"] for m in results.to_dict()["measurements"] if m["spw"] == 1] == [["no Tsys"]] * 3
    assert REFERENCE not in {m.field_id for m in results.measurements}


def test_an_antenna_without_system_temperatures_is_named_and_left_out(chained, truth):
    results = chained(lambda vis: set_temperatures(vis, 0.0, "ANTENNA_ID == 4"))
    assert {m.caveats for m in results.measurements} == {("no Tsys of DA45", "no bandpass of DA45")}
    assert any(each.startswith("the data of DA45 are flagged, for lack of Tsys") for each in results.warnings)
    assert score(results) < 0.7  # the data of one antenna of nine are flagged
    expected = truth(Path("observed.ms"))
    for m in results.measurements:
        assert pytest.approx(expected[m.field_id, m.spw], rel=0.01) == m.derived.stokes.I  # 3 times the noise of CHECK


@pytest.mark.parametrize(("lost", "said"), [(PHASE, "Tsys of"), (REFERENCE, "reference: Tsys of")])
def test_a_field_that_lost_its_own_system_temperatures_is_marked(chained, lost, said):
    """Its scans measured them, so those of a field beside it are no usual choice, however near it is."""

    def change(vis):
        scans = [s for s in read_measurementset(vis).scans if s.field_id == lost and "ATMOSPHERE" in s.intents]
        for scan in scans:
            remove_temperatures(vis, f"TIME >= {scan.start!r} && TIME <= {scan.end!r}")

    results = chained(change)
    doubtful = {m.field_id for m in results.measurements if any(words.startswith(said) for words in m.caveats)}
    assert doubtful == ({PHASE} if lost == PHASE else {BANDPASS, PHASE, CHECK})
    assert all("its own are missing" in words for m in results.measurements for words in m.caveats)
    assert score(results) < 0.33  # red


def test_calibration_of_a_file_is_checked_before_any_work(simulated):
    vis = simulated(CALIBRATED)
    casa = runtime.casatasks()
    casa.gaincal(vis=str(vis), caltable="g.tbl", field="0", solint="inf", calmode="p", refant="DA43")
    casa.bandpass(vis=str(vis), caltable="b.tbl", field="0", spw="0~2", refant="DA43", gaintable=["g.tbl"])
    calls = {
        "vis='renamed.ms', gaintable=['b.tbl']": (InputError, "calibration for renamed.ms, and none for observed.ms"),
        "gaintable=['b.tbl'], field='NOPE'": (InputError, "nothing in it is for the calibrators of observed.ms"),
        "gaintable=['b.tbl'], gainfield=['nope']": (FileFormatError, "line 1: gainfield='nope': the table has no"),
        "gaintable=['b.tbl'], interp=['cubic']": (FileFormatError, "line 1: interp='cubic': 'cubic' is no interpol"),
        "gaintable=['b.tbl'], spwmap=[[0,1,2,3,0]]": (FileFormatError, "line 1: spwmap=.* has 5 entries"),
        "gaintable=['b.tbl'], spwmap=[[3,1,2,3]]": (FileFormatError, "no solutions for spw 3; spws with solutions: 0"),
        "gaintable=['observed.ms']": (FileFormatError, "line 1: gaintable 'observed.ms' is no calibration table"),
        "gaintable=['flux.csv']": (FileFormatError, "line 1: gaintable 'flux.csv' is no calibration table: it is a f"),
        "": (InputError, "it has no calibration"),
    }
    for arguments, (kind, words) in calls.items():
        Path("calapply.txt").write_text(f"applycal({arguments})\n" if arguments else "# nothing\n")
        with pytest.raises(kind, match=words):
            hifa_gfluxscale(vis=vis, calstate="calapply.txt")
    assert not Path("casa_commands.log").exists()
    Path("calapply.txt").write_text("applycal(gaintable=['b.tbl'], interp=['linear,linear'])\n")
    (results,) = hifa_gfluxscale(vis=vis, calstate="calapply.txt")
    assert {(m.spw, m.caveats) for m in results.measurements} == {(0, ()), (1, ()), (2, ()), (3, ("no bandpass",))}
    assert score(results) < 0.33  # red
