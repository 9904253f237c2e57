"""hifa_importdata with a flux service, which runs on this machine."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from helpers.chain import PHASE, REFERENCE
from helpers.importing import catalogue, imported

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
