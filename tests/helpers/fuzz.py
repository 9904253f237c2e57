"""Feed every parser, and the checks of the parameters, with input that nobody should write: our error, or success.

``PYTHONPATH=tests python tests/helpers/fuzz.py 10000`` runs the long form, and prints what happened to the
inputs of each parser.
"""

import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from helpers.observation_without_casa import measurementset
from helpers.weblog_examples import example
from pipeline_gfluxscale.cli.main import cli
from pipeline_gfluxscale.domain.intents import validate_intents
from pipeline_gfluxscale.domain.observation import find_fields
from pipeline_gfluxscale.domain.qa import QAScore
from pipeline_gfluxscale.domain.selection import parse_ids
from pipeline_gfluxscale.errors import GFluxscaleError
from pipeline_gfluxscale.files.applycal_text import parse_applycal_statements
from pipeline_gfluxscale.files.callibrary_text import parse_callibrary
from pipeline_gfluxscale.files.catalogue import read_catalogue
from pipeline_gfluxscale.files.flag_file import parse_flag_commands
from pipeline_gfluxscale.files.flux_service import understood
from pipeline_gfluxscale.files.fluxcsv import read_flux_csv
from pipeline_gfluxscale.files.source_xml import read_source_fluxes
from pipeline_gfluxscale.files.typed_json import encode
from pipeline_gfluxscale.pipeline.checks import antenna_names, spw_list
from pipeline_gfluxscale.pipeline.context import Context, StageRecord
from pipeline_gfluxscale.pipeline.context_json import load_context, save_context
from pipeline_gfluxscale.pipeline.exhibits import Curve, Plot, Table
from pipeline_gfluxscale.pipeline.parameters import PARALLEL, check_given, parameters_of
from pipeline_gfluxscale.recipes.parameter_values import parse_value
from pipeline_gfluxscale.recipes.ppr import read_ppr
from pipeline_gfluxscale.recipes.recipe import check_commands, read_recipe
from pipeline_gfluxscale.stages.comparison.compare import compare
from pipeline_gfluxscale.stages.gfluxscale.inputs import GFluxscaleInputs
from pipeline_gfluxscale.stages.gfluxscale.serialization import read_results
from pipeline_gfluxscale.system.environment import seconds_of
from pipeline_gfluxscale.weblog.index import write_index
from pipeline_gfluxscale.weblog.page import render
from pipeline_gfluxscale.weblog.run_pages import render_context

_FLUX_CSV = """ms,field,spw,I,Q,U,V,spix,uvmin,uvmax,comment
x.ms,1,0,2.5,0.0,0.0,0.0,-0.7,0.0,0.0,"# field=J0309+1029 intents=PHASE origin=DB age=5"
"""
_APPLYCAL = """applycal(vis='x.ms', field='0~2', intent='CALIBRATE_PHASE*', spw='0,1', antenna='',
gaintable=['a.tbl', 'b.tbl'], gainfield=['nearest', ''], spwmap=[[0, 1], []], interp=['linear', 'linear,linear'],
calwt=[True, False])
"""
_CALLIBRARY = "caltable='a.tbl' calwt=True tinterp='linear' finterp='linear' fldmap='nearest' spwmap=[0,1] field='1'\n"
_RECIPE = """<ProcessingProcedure>
<ProcedureTitle>t</ProcedureTitle><ProcessingCommand><Command>hifa_gfluxscale</Command>
<ParameterSet><Parameter><Keyword>minsnr</Keyword><Value>3.5</Value></Parameter></ParameterSet></ProcessingCommand>
<ProcessingCommand><Command>h_save</Command><ParameterSet><Parameter><Keyword>filename</Keyword><Value>a.json</Value>
</Parameter></ParameterSet></ProcessingCommand></ProcessingProcedure>
"""
_PPR = f"""<SciPipeRequest><ProcessingRequests>
<ProcessingRequest><ProcessingIntents><Intents><Keyword>SESSION_1</Keyword>
<Value>uid://A002/X1/X2 | uid://A002/X1/X3</Value></Intents></ProcessingIntents>{_RECIPE}<DataSet><SchedBlockSet>
<SchedBlockIdentifier><RelativePath>2023.1.00001.S/MOUS</RelativePath><AsdmIdentifier><AsdmRef>
<ExecBlockId>uid://A002/X1/X2</ExecBlockId></AsdmRef><AsdmDiskName>x.ms</AsdmDiskName></AsdmIdentifier></SchedBlockIdentifier></SchedBlockSet></DataSet>
</ProcessingRequest></ProcessingRequests></SciPipeRequest>
"""
_SOURCE = """<SourceTable>
<row><sourceId>0</sourceId><sourceName>J0309+1029</sourceName><frequency>1 1 2.3e11</frequency>
<flux>2 1 4 2.5 0.0 0.0 0.0</flux><spectralWindowId>SpectralWindow_0</spectralWindowId></row></SourceTable>
"""
_FLAGS = "mode='manual' antenna='DA41&&*' spw='0:3~5' scan='2' timerange='2023/11/20/04:00:00~2023/11/20/04:01:00'\n"
_RESULTS = json.dumps(
    {
        "results": [
            {
                "vis": "x.ms", "error": "", "warnings": [], "reference": ["a"], "transfer": ["b"], "refant": "DA41",
                "resolved": {"antennas": ["DA41"], "uv_limit_m": 72.5, "resolved": True, "message": ""},
                "expected": [[1, 0]], "flags": [], "spectral_fit": [], "caltables": [], "elapsed_s": {"Solve": 1.5},
                "measurements": [
                    {
                        "field": "b", "field_id": 1, "intents": ["PHASE"], "spw": 0, "frequency_hz": 2.3e11,
                        "bandwidth_hz": 2e9, "derived": {"I": 2.5, "uncertainty": 0.1, "num_solutions": 9},
                        "calibrated": None, "catalogue": None, "adopted_from": [],
                    }
                ],
                "qa": [{"metric": "snr", "score": 0.9, "shortmsg": "", "longmsg": "", "applies_to": {"spw": [0]}}],
            }
        ]
    }
)  # fmt: skip
_ANSWER = """<?xml version="1.0"?><VOTABLE><RESOURCE><TABLE><DATA><TABLEDATA><TR><TD>0</TD><TD>null</TD>
<TD>J0309+1029</TD><TD>2.3e11</TD><TD>20-November-2023</TD><TD>2.5</TD><TD>0.1</TD><TD>-0.5</TD><TD>0.01</TD><TD>211</TD><TD>7</TD><TD>x</TD>
<TD>v1</TD></TR></TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>
"""
_STAGES = json.dumps(
    {
        "1": {
            "task": "hif_refant", "title": "t", "page": "", "vis": ["x.ms"], "errors": 0, "score": 0.9, "band": "green",
            "shortmsg": "m",
        }
    }
)  # fmt: skip
_OPTIONS = "--minsnr\n3.5\n--refspwmap\n0,0\n--hm-resolvedcals\nautomatic\n--lock-timeout\n5"

_SPICE = (
    "", " ", "\0", "\n", "\r", "\x1b[31m", "²", "٣", "é", "\ud800", "'", '"', "\\", "/", "..", "~", "*", ",", ";", "&",
    "<", ">", "[", "]", "(", ")", "{", "}", "=", "-", "+", ":", "nan", "inf", "-inf", "1e308", "1e999", "-1", "0",
    "9" * 400, "9" * 5000, "None", "true", "null", "[" * 300, "<a>", "&lt;", "&x;", "<!DOCTYPE a>", "../../evil",
    "/abs/evil",
)  # fmt: skip


_JSON_SPICE = (
    None, True, False, 0, -1, 7, 10**400, 1e308, -1e308, -0.5, 0.0, 1e-300, "", "nan", "inf", "x", "\x1b[31m",
    "../../evil", "9" * 400, [], {}, [[]], [1, 2, 3], [None], {"a": None},
)  # fmt: skip


def _text(sample: str, rng: random.Random) -> str:
    """Return a document with pieces replaced, removed, repeated or moved."""
    text = sample
    for _ in range(rng.choice((1, 1, 2, 3, 10))):
        start = rng.randrange(len(text) + 1)
        end = min(len(text), start + rng.choice((0, 1, 3, 20, 200)))
        piece = rng.choice((rng.choice(_SPICE), text[end : end + 40], text[start:end] * 2, chr(rng.randrange(0x3000))))
        text = text[:start] + piece + text[end:]
    return text


def _json_text(sample: str, rng: random.Random) -> str:
    """Return a JSON document with some of its values replaced, removed or repeated."""
    content = json.loads(sample)
    for _ in range(rng.choice((1, 1, 2, 3))):
        holder = content
        while True:
            key = rng.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
            if not holder[key] or not isinstance(holder[key], dict | list) or rng.random() < 0.1:
                break
            holder = holder[key]
        old = holder[key]
        alike = [each for each in _JSON_SPICE if isinstance(each, type(old))]
        strange = (*_JSON_SPICE, [old] * 2, {"x": old})
        holder[key] = deepcopy(rng.choice(alike if alike and rng.random() < 0.7 else strange))
    return json.dumps(content)


def _value(rng: random.Random) -> Any:
    """Return a value of any type that Python's literals have, or of numpy's."""
    plain = (
        None, True, False, 0, -1, 1, 10**400, -(10**400), 0.0, -0.5, 2.5, 1e308, float("nan"), float("inf"), b"x", 1j,
        np.float32(2), np.int64(3), np.bool_(1), np.array([0, 1]), np.array([[1.5]]), object(), "inf", "int", "30s",
        "automatic", "manual", "PHASE", "0,1", *_SPICE,
    )  # fmt: skip
    value = rng.choice(plain)
    kind = rng.randrange(5)
    if kind == 1:
        value = [rng.choice(plain) for _ in range(rng.randrange(4))]
    elif kind == 2:
        value = {"x.ms": value}
    elif kind == 3:
        value = tuple(rng.choice(plain) for _ in range(rng.randrange(4)))
    return value


def _from_file(read: Callable[[Path], Any], name: str) -> Callable[[str, Path], Any]:
    def parse(text: str, directory: Path) -> Any:
        (directory / name).write_text(text, encoding="utf-8", errors="surrogatepass", newline="")
        return read(directory / name)

    return parse


def _source_fluxes(path: Path) -> Any:
    row = "<row><spectralWindowId>SpectralWindow_0</spectralWindowId></row>"
    for table in ("SpectralWindow", "DataDescription"):
        (path.parent / f"{table}.xml").write_text(f"<{table}Table>{row}</{table}Table>")
    return read_source_fluxes(path.parent)


def _recipe(path: Path) -> None:
    check_commands(read_recipe(path).commands, str(path))


def _parameters(value: Any, _: Path) -> None:
    for declared in (parameters_of(GFluxscaleInputs), PARALLEL):
        for name in declared:
            try:
                check_given(declared, {name: value})
            except GFluxscaleError as error:
                _check_message(error)


def _load_context(path: Path) -> Context:
    measurementset(path.parent / "x.ms")
    return load_context(path)


def _pages_of_context(path: Path) -> None:
    render_context(_load_context(path), path.parent / "weblog")


def _context() -> str:
    """Return a saved context with an MS, and with stages that have pages of either kind."""
    with tempfile.TemporaryDirectory() as directory:
        context = Context(output_dir=Path(directory), name="pipeline-1", stage=2)
        context.add(measurementset(Path(directory, "x.ms")))
        score = QAScore("completeness", 1.0, "all", "all there", 1.0, "fraction")
        exhibits = [
            Table("t", ("a", "b"), ((1, 2.5), ("c", None))),
            Plot("p", "x", "y", (Curve("DA41", (1.0, 2.0), (3.0, float("nan"))),)),
        ]
        own = {"vis": "x.ms", "qa": [encode(score)], "exhibits": encode(exhibits)}
        context.records = (
            StageRecord(1, "hif_refant", {"vis": "x.ms"}, (score,), {"results": [own]}),
            StageRecord(2, "hifa_gfluxscale", {"minsnr": 3.0}, (score,), json.loads(_RESULTS)),
        )
        return save_context(context).read_text()


def _compared(path: Path) -> None:
    results = read_results(path)
    compare(tuple(each.block for each in [*results, example()]))


def _stages(path: Path) -> None:
    write_index(path.parent)


def _time(text: str, _: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GFLUXSCALE_LOCK_TIMEOUT", text.replace("\0", "").encode(errors="replace").decode())
        seconds_of("GFLUXSCALE_LOCK_TIMEOUT", 1.0)


def _options(text: str, directory: Path) -> None:
    """Give words to the command, for data that do not exist."""
    done = CliRunner().invoke(cli, ["run", str(directory / "none.ms"), *text.split("\n")])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    *_, last = done.output.splitlines()
    assert last.isprintable(), ascii(last)
    assert "Traceback" not in done.output


def _with_ms(parse: Callable[..., Any]) -> Callable[[str, Path], Any]:
    return lambda text, directory: parse(text, measurementset(directory / "x.ms"))


def _in_text(parse: Callable[..., Any], *more: Any) -> Callable[[str, Path], Any]:
    return lambda text, _: parse(text, *more)


#: By the name of what is read: a valid sample, and the parser.
PARSERS: dict[str, tuple[str, Callable[[str, Path], Any]]] = {
    "flux.csv": (_FLUX_CSV, _from_file(read_flux_csv, "flux.csv")),
    "flux.csv of an MS": (
        _FLUX_CSV.replace("J0309+1029", "J1832-1035"),
        _from_file(lambda p: read_catalogue(p, measurementset(p.parent / "x.ms"), named=True), "flux.csv"),
    ),
    "answer of the flux service": (_ANSWER, lambda text, _: understood(text.encode(errors="replace"), "http://x")),
    "applycal statements": (_APPLYCAL, _in_text(parse_applycal_statements, "f.txt")),
    "cal library": (_CALLIBRARY, _in_text(parse_callibrary, "f.txt")),
    "recipe": (_RECIPE, _from_file(_recipe, "r.xml")),
    "processing request": (_PPR, _from_file(read_ppr, "p.xml")),
    "Source.xml": (_SOURCE, _from_file(_source_fluxes, "Source.xml")),
    "flag commands": (_FLAGS, _in_text(parse_flag_commands, "f.txt")),
    "results": (_RESULTS, _from_file(read_results, "r.json")),
    "results compared": (_RESULTS, _from_file(_compared, "r.json")),
    "page of results": (_RESULTS, _from_file(lambda path: render(read_results(path), path.parent), "r.json")),
    "context": (_context(), _from_file(_load_context, "c.json")),
    "pages of a context": (_context(), _from_file(_pages_of_context, "c.json")),
    "list of stages": (_STAGES, _from_file(_stages, "stages.json")),
    "selection of ids": ("0~3,5:10~20", _in_text(parse_ids)),
    "fields": ("J1924-2914,1", _with_ms(lambda text, ms: find_fields("reference", text, ms))),
    "intents": ("PHASE,BANDPASS", lambda text, _: validate_intents("refintent", text)),
    "list of spws": ("1,1,3,3", lambda text, _: spw_list("refspwmap", text)),
    "antennas": ("DA41,DA42,2", lambda text, _: antenna_names("antenna", text, ("DA41", "DA42", "DV01"))),
    "value of a parameter": ("[1, 'a', {'b': 2.5}]", _in_text(parse_value)),
    "time in the environment": ("600", _time),
    "options of the command": (_OPTIONS, _options),
}
#: Those that render pages or take tens of milliseconds for other reasons.
SLOW = ("page of results", "pages of a context", "results compared", "list of stages", "options of the command")


def made_at_random(name: str, rng: random.Random) -> Any:
    """Return an input for a parser of `PARSERS`, or a value for the checks of the ``parameters``."""
    if name not in PARSERS:
        return _value(rng)
    sample = PARSERS[name][0]
    return _json_text(sample, rng) if sample.startswith("{") and rng.random() < 0.7 else _text(sample, rng)


def feed(name: str, given: Any) -> str:
    """Feed a parser of `PARSERS`, or the checks of the ``parameters``; return "success" or the name of the error.

    Raises
    ------
    Exception
        Whatever is none of the package's errors; a note has the input.
    """
    parse = PARSERS[name][1] if name in PARSERS else _parameters
    with tempfile.TemporaryDirectory() as directory:
        try:
            parse(given, Path(directory))
        except GFluxscaleError as error:
            _check_message(error)
            return type(error).__name__
        except Exception as error:
            error.add_note(f"{name}: {ascii(given)[:2000]}")
            raise
    return "success"


def fuzz(name: str, number: int, seed: int = 0) -> Counter[str]:
    """Call a parser with random inputs, and count the outcomes; see `feed`."""
    rng = random.Random(seed)
    return Counter(feed(name, made_at_random(name, rng)) for _ in range(number))


def _check_message(error: GFluxscaleError) -> None:
    message = str(error)
    assert message.isprintable(), ascii(message)
    assert len(message) < 2000, ascii(message)


if __name__ == "__main__":
    for each in (*PARSERS, "parameters"):
        print(f"{each}: {dict(fuzz(each, int(sys.argv[1])))}")
