"""hifa_importdata: real ASDMs of simulated observations, and a flux service on this machine."""

import os
import shutil
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

import pipeline_gfluxscale
from helpers.asdm_maker import make_asdm
from helpers.chain import BANDPASS, CHECK, PHASE, REFERENCE, TARGET, standard_observation
from helpers.ppr_document import request
from pipeline_gfluxscale.casa.ms_reader import read_measurementset
from pipeline_gfluxscale.errors import CasaTaskError, FileFormatError, InputError
from pipeline_gfluxscale.files.fluxcsv import catalogue_for, read_flux_csv
from pipeline_gfluxscale.pipeline.context import Context
from pipeline_gfluxscale.pipeline.context_json import load_context, save_context
from pipeline_gfluxscale.recipes.executeppr import execute_request
from pipeline_gfluxscale.recipes.run_stage import run_stage

EB = "uid___A002_X1_X2"
KNOWN = {("J0423-0120", spw): (224e9 + 2e9 * spw, 2.0 - 0.1 * spw, 0.03, 0.0, 0.0) for spw in range(4)}
KNOWN[("J0309+1029", 1)] = (226e9, 0.5, 0.0, 0.0, 0.0)
KNOWN[("J0325+1307", 1)] = (226e9, 0.0, 0.0, 0.0, 0.0)  # how the observatory says that it does not know


@pytest.fixture(scope="module")
def block(copied, tmp_path_factory) -> Path:
    """An ASDM."""
    directory = tmp_path_factory.mktemp("rawdata")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(directory)
        return make_asdm(copied(standard_observation(), directory), directory / EB, KNOWN).absolute()


@pytest.fixture
def working(tmp_path, monkeypatch) -> Context:
    """A context without data, in a directory of its own."""
    directory = tmp_path / "working"
    directory.mkdir()
    monkeypatch.chdir(directory)
    return Context(directory, name="run")


def imported(context, vis, **parameters):
    results = run_stage(context, "hifa_importdata", {"vis": vis, **parameters})
    assert not results.failed
    return results


def catalogue(name=f"{EB}.ms"):
    return catalogue_for(read_flux_csv("flux.csv"), name)


def test_an_asdm_becomes_a_measurementset(working, block):
    (results,) = imported(working, block)
    ms = working.observed(f"{EB}.ms").ms
    assert ms.path == working.output_dir / f"{EB}.ms"
    assert {f.name: f.intents & {"AMPLITUDE", "BANDPASS", "PHASE", "CHECK", "TARGET"} for f in ms.fields} == {
        "J0238+1636": {"BANDPASS"},
        "J0309+1029": {"PHASE"},
        "Target": {"TARGET"},
        "J0423-0120": {"AMPLITUDE"},
        "J0325+1307": {"CHECK"},
    }
    assert ms.science_spw_ids == {0, 1, 2, 3}
    assert ms.spw(0).name.endswith("FULL_RES")
    assert results.qa[0].score == 1.0
    assert not list(working.output_dir.glob(".*"))  # nothing unfinished
    assert "importasdm" in Path("casa_commands.log").read_text()


def test_its_flux_densities_are_those_of_its_source_table(working, block):
    (results,) = imported(working, block)
    found = catalogue()
    assert pytest.approx(1.8) == found[REFERENCE, 2].stokes.I
    assert pytest.approx(0.03) == found[REFERENCE, 2].stokes.Q
    assert pytest.approx(0.5) == found[PHASE, 1].stokes.I
    assert found[PHASE, 1].origin == "Source.xml"
    assert found.keys().isdisjoint({(PHASE, 0), (BANDPASS, 0), (CHECK, 1), (TARGET, 0)})
    assert next(score for score in results.qa if score.metric == "flux_catalogue").score == 1.0


def test_the_chain_runs_from_an_asdm(working, block):
    imported(working, block)
    for command in ("hif_refant", "hif_setmodels", "hifa_bandpass", "hifa_spwphaseup", "hifa_gfluxscale"):
        (results,) = run_stage(working, command, {})
        assert not results.error, command
    # The reference is said to have 1.8 Jy at 228 GHz; it was observed with 2.06.
    truth = {0: 3.3439, 3: 3.2171}
    derived = {m.spw: m.derived.stokes.I for m in results.measurements if m.field_id == BANDPASS}
    for spw, flux in truth.items():
        scale = KNOWN["J0423-0120", spw][1] / (2.1 * (standard_observation().spw_frequencies[spw] / 230e9) ** -0.5)
        assert derived[spw] == pytest.approx(flux * scale, rel=0.005)


def test_an_edited_flux_csv_wins(working, block):
    imported(working, block)
    text = Path("flux.csv").read_text()
    lines = [line for line in text.splitlines() if not line.startswith(f"{EB}.ms,{PHASE},")]
    edited = [
        line.replace(",1.8,", ",1.234,") if line.startswith(f"{EB}.ms,{REFERENCE},2,") else line for line in lines
    ]
    assert edited != lines
    Path("flux.csv").write_text("\n".join([*edited, "other.ms,0,0,7.0,0,0,0,,0,0,mine"]) + "\n")
    imported(Context(working.output_dir, name="again"), block)
    found = catalogue()
    assert found[REFERENCE, 2].stokes.I == 1.234
    assert found[PHASE, 1].stokes.I == 0.5  # what was taken out comes back
    assert catalogue("other.ms")[0, 0].stokes.I == 7.0


def test_whoever_edits_flux_csv_finds_all_of_it_again(working, block):
    edited = (
        "# checked by hand\nwho,ms,field,spw,I,comment\n"
        f"me,/elsewhere/{EB}.ms,{REFERENCE},2,1.234,\n"
        f"me,{EB}.ms,{REFERENCE},1,0,nobody knows\n"
    )
    Path("flux.csv").write_text(edited)
    for name in ("run", "again"):
        (results,) = imported(Context(working.output_dir, name=name), block)
        found = catalogue()
        assert Path("flux.csv").read_text().startswith(edited)
        assert found[REFERENCE, 2].stokes.I == 1.234  # named by its path, and not added once more
        assert (REFERENCE, 1) not in found  # that it is not known was said
        assert found[PHASE, 1].stokes.I == 0.5
        assert (PHASE, 1) in {(entry.field_id, entry.spw) for entry in results.fluxes}
        assert (REFERENCE, 2) in {(entry.field_id, entry.spw) for entry in results.fluxes}
        assert next(s for s in results.qa if s.metric == "flux_catalogue").score == pytest.approx(3 / 4)


def test_a_flux_csv_that_cannot_be_read_stops_it_and_stays(working, block):
    Path("flux.csv").write_text("nonsense\n")
    before = working.copy()
    with pytest.raises(FileFormatError, match=r"flux\.csv"):
        imported(working, block)
    assert Path("flux.csv").read_text() == "nonsense\n"
    assert working == before


def test_a_measurementset_that_is_there_is_used_unless_it_is_to_be_made_anew(working, block):
    imported(working, block)
    mark = working.output_dir / f"{EB}.ms" / "mark"
    mark.touch()
    imported(Context(working.output_dir, name="again"), block)
    assert mark.exists()
    imported(Context(working.output_dir, name="anew"), block, overwrite=True)
    assert not mark.exists()


IMPORT = """
import sys
from pathlib import Path
from pipeline_gfluxscale.pipeline.context import Context
from pipeline_gfluxscale.recipes.run_stage import run_stage
run_stage(Context(Path.cwd(), name="killed"), "hifa_importdata", {"vis": sys.argv[1]})
"""


def test_what_a_killed_import_leaves_is_not_taken_for_a_measurementset(working, block):
    package = str(Path(pipeline_gfluxscale.__file__).parents[1])
    importing = subprocess.Popen([sys.executable, "-c", IMPORT, str(block)], env=os.environ | {"PYTHONPATH": package})
    unfinished = working.output_dir / f".{EB}.ms.importing"
    while importing.poll() is None and not unfinished.exists():
        time.sleep(0.01)
    importing.kill()
    importing.wait()
    assert unfinished.exists()
    assert not (working.output_dir / f"{EB}.ms").exists()
    imported(working, block)
    assert not unfinished.exists()
    assert len(working.observed(f"{EB}.ms").ms.scans) == (block / "Scan.xml").read_text().count("<row>")


def test_the_measurementset_of_an_asdm_knows_its_flux_densities_elsewhere(working, block, tmp_path, monkeypatch):
    imported(working, block)
    ours = catalogue()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.move(working.output_dir / f"{EB}.ms", elsewhere)
    monkeypatch.chdir(elsewhere)
    imported(Context(elsewhere, name="elsewhere"), f"{EB}.ms")
    assert catalogue() == ours


@pytest.mark.parametrize("missing", ["SpectralWindow.xml", "DataDescription.xml"])
def test_flux_densities_of_spws_that_cannot_be_told_are_not_used(working, block, missing, caplog):
    imported(working, block)
    Path("flux.csv").unlink()
    (working.output_dir / f"{EB}.ms" / missing).unlink()
    imported(Context(working.output_dir, name="again"), f"{EB}.ms")
    assert not Path("flux.csv").exists()
    assert missing in caplog.text


def test_flux_densities_that_are_no_numbers_are_not_used(working, block):
    imported(working, block)
    Path("flux.csv").unlink()
    table = working.output_dir / f"{EB}.ms" / "Source.xml"
    text = table.read_text()
    assert "2 1 4 1.8 0.03" in text
    table.write_text(text.replace("2 1 4 1.8 0.03", "2 1 4 1.8 NaN"))
    imported(Context(working.output_dir, name="again"), f"{EB}.ms")
    assert {spw for field, spw in catalogue() if field == REFERENCE} == {0, 1, 3}


def test_a_broken_asdm_costs_only_its_own_data_and_leaves_nothing(working, block, tmp_path):
    broken = tmp_path / "uid___A002_X9_X9"
    broken.mkdir()
    (broken / "ASDM.xml").write_text("<ASDM/>")
    before = working.copy()
    with pytest.raises(CasaTaskError, match="importasdm"):
        imported(working, [broken])
    good, bad = run_stage(working, "hifa_importdata", {"vis": [block, broken]})
    assert (good.vis, good.error) == (f"{EB}.ms", "")
    assert good.commands
    assert "importasdm" in bad.error
    assert working == before
    assert not (working.output_dir / f"{broken.name}.ms").exists()


def test_sessions_are_kept_with_the_context(working, block, copied, tmp_path):
    other = copied(standard_observation(), tmp_path, "other.ms")
    results = imported(working, [block, other], session=["session_1", "session_2"])
    assert [each.vis for each in results] == [f"{EB}.ms", "other.ms"]
    assert working.observed("other.ms").ms.path == other  # where it was
    again = load_context(save_context(working))
    assert {name: observed.session for name, observed in again.data.items()} == {
        f"{EB}.ms": "session_1",
        "other.ms": "session_2",
    }


def test_a_request_imports_asdms_and_goes_on_elsewhere(block, tmp_path, monkeypatch):
    here, there = tmp_path / "here", tmp_path / "there"
    (here / "working").mkdir(parents=True)
    shutil.copytree(block, here / "rawdata" / EB)
    commands = [("hifa_importdata", {"dbservice": "false"}), ("breakpoint", {}), ("hif_refant", {})]
    intents = [("SESSION_3", "uid://A002/X1/X2")]
    document = request(commands, asdms=[(EB, "uid://A002/X1/X2")], intents=intents)
    (here / "working" / "PPR.xml").write_text(document)
    monkeypatch.chdir(here / "working")
    for _ in execute_request("PPR.xml", bpaction="break"):
        pass
    here.rename(there)
    monkeypatch.chdir(there / "working")
    *_, (context, _, results) = execute_request("PPR.xml", bpaction="resume")
    assert not results.failed
    observed = context.observed(f"{EB}.ms")
    assert observed.session == "session_3"
    assert observed.ms.path == there / "working" / f"{EB}.ms"
    assert [record.command for record in context.records] == ["hifa_importdata", "hif_refant"]


@pytest.mark.parametrize(
    "parameters",
    [
        {"vis": "missing"},
        {"vis": []},
        {"vis": [3]},
        {"session": ["a", "b"]},
        {"ocorr_mode": "none"},
        {"overwrite": "yes"},
        {"dbservice_timeout": 0},
        {"dbservice": "perhaps"},
    ],
)
def test_what_cannot_be_done_is_refused(working, block, parameters):
    with pytest.raises(InputError) as refused:
        run_stage(working, "hifa_importdata", {"vis": [block]} | parameters)
    assert next(iter(parameters)) in str(refused.value)
    assert not working.data


ANSWER = """<?xml version="1.0"?><VOTABLE xmlns="http://www.ivoa.net/xml/VOTable/v1.2"><RESOURCE><TABLE><DATA><TABLEDATA>
<TR><TD>0</TD><TD>{note}</TD><TD>{name}</TD><TD>{frequency}</TD><TD>20-November-2023</TD><TD>{flux}</TD><TD>0.1</TD>
<TD>-0.512345</TD><TD>0.01</TD><TD>211</TD><TD>7</TD><TD>x</TD><TD>v1</TD></TR>
</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"""


class Catalogue(BaseHTTPRequestHandler):
    """Knows two sources, and says what it was asked and how many answers it has finished."""

    def do_GET(self):
        self.answer()
        self.server.answered += 1

    def answer(self):
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        self.server.asked.append(asked)
        time.sleep(self.server.delay)
        if self.server.raw:
            for piece in self.server.raw:
                self.wfile.write(piece)
                time.sleep(0.1)
            return
        flux = {"J0423-0120": "3.5", "J0309+1029": "0.7", "J0325+1307": "NaN"}.get(asked["NAME"], "null")
        note = "old" if asked["NAME"] == "J0309+1029" else "null"
        text = self.server.text.format(name=asked["NAME"], frequency=asked["FREQUENCY"], flux=flux, note=note)
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        """Be silent."""


@pytest.fixture
def service(monkeypatch):
    """A flux service on this machine, and nobody in its place."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Catalogue)
    server.asked, server.delay, server.text, server.status, server.raw = [], 0.0, ANSWER, 200, ()
    server.answered = 0
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("FLUX_SERVICE_URL", f"http://127.0.0.1:{server.server_port}/sc/flux")
    monkeypatch.setenv("FLUX_SERVICE_URL_BACKUP", "http://127.0.0.1:9/sc/flux")
    yield server
    server.shutdown()
    server.server_close()


def service_score(results):
    return next(score for score in results.qa if score.metric == "flux_service")


def test_nobody_is_asked_unless_it_is_wanted(working, block, service):
    (results,) = imported(working, block)
    assert service.asked == []
    assert {score.metric for score in results.qa} == {"intents", "flux_catalogue"}


def test_the_catalogue_knows_better_than_the_asdm(working, block, service):
    (results,) = imported(working, block, dbservice=True)
    found = catalogue()
    assert found[REFERENCE, 2].stokes.I == 3.5
    assert pytest.approx(0.03) == found[REFERENCE, 2].stokes.Q  # which the catalogue does not tell
    assert found[REFERENCE, 2].spix == -0.512
    assert (found[REFERENCE, 2].origin, found[REFERENCE, 2].age_days) == ("DB", 7.0)
    assert {spw for field, spw in found if field == PHASE} == {0, 1, 2, 3}
    assert {field for field, _ in found} == {REFERENCE, PHASE}
    assert service_score(results).score == 1.0
    asked = service.asked[0]
    assert (asked["DATE"], asked["WEIGHTED"], asked["RESULT"]) == ("20-November-2023", "true", "1")
    assert float(asked["FREQUENCY"]) == pytest.approx(224e9)
    assert {each["NAME"] for each in service.asked} == {"J0238+1636", "J0309+1029", "J0423-0120", "J0325+1307"}


RAW = {
    "no web server": [b"SSH-2.0-OpenSSH\r\n"],
    "cut off": [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n<a>"],
    "trickle": [b"HTTP/1.0 200 OK\r\n\r\n", *[b" "] * 6000],
}


@pytest.mark.parametrize("trouble", ["slow", "nonsense", "error", "entities", *RAW])
def test_without_an_answer_the_asdm_is_believed(working, block, service, trouble):
    if trouble in RAW:
        service.raw = RAW[trouble]
    elif trouble == "slow":
        service.delay = 600.0
    elif trouble == "nonsense":
        service.text = "<html>Sorry</html>"
    elif trouble == "entities":
        service.text = '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    else:
        service.status = 503
    (results,) = imported(working, block, dbservice=True, dbservice_timeout=0.5)
    assert len(service.asked) == 1  # and not sixteen, one for each field and spw
    if trouble in {"slow", "trickle"}:
        assert service.answered == 0  # the import has not waited for the end of the answer
    assert catalogue()[REFERENCE, 2].origin == "Source.xml"
    assert "did not answer" in results.warnings[0]
    assert service_score(results).score == 0.3


@pytest.mark.parametrize("url", ["nowhere", "http://[::1", "http://a b/flux", "file:///etc/hostname"])
def test_an_address_that_is_none_is_said(working, block, monkeypatch, url):
    monkeypatch.setenv("FLUX_SERVICE_URL", url)
    monkeypatch.setenv("FLUX_SERVICE_URL_BACKUP", url)
    (results,) = imported(working, block, dbservice=True)
    assert url in service_score(results).longmsg
    assert catalogue()[REFERENCE, 2].origin == "Source.xml"


def test_the_stand_in_is_asked_next(working, block, service, monkeypatch):
    monkeypatch.setenv("FLUX_SERVICE_URL_BACKUP", f"http://127.0.0.1:{service.server_port}/sc/flux")
    monkeypatch.setenv("FLUX_SERVICE_URL", "http://127.0.0.1:9/nobody")
    (results,) = imported(working, block, dbservice=True)
    assert catalogue()[REFERENCE, 0].origin == "DB"
    assert service_score(results).score == 0.9


def test_a_table_of_sources_that_makes_no_sense_is_named(working, copied, tmp_path):
    directory = tmp_path / "raw"
    directory.mkdir()
    vis = copied(standard_observation(), directory)
    for name, text in {
        "SpectralWindow.xml": "<T><row><spectralWindowId>SpectralWindow_0</spectralWindowId></row></T>",
        "DataDescription.xml": "<T><row><spectralWindowId>SpectralWindow_0</spectralWindowId></row></T>",
        "Source.xml": "<T><row><sourceName>a</sourceName><spectralWindowId>SpectralWindow_0</spectralWindowId>"
        "<flux>2 1 4 1 0 0</flux><frequency>1 1 2e11</frequency></row></T>",
    }.items():
        (vis / name).write_text(text)
    with pytest.raises(FileFormatError, match=r"Source\.xml.*2 1 4 1 0 0"):
        imported(working, vis)
    assert read_measurementset(vis)
