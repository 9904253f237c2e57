"""Feed every parser, and the checks of the parameters, with input that nobody should write: our error, or success.

``PYTHONPATH=tests python tests/helpers/fuzz.py 10000`` runs the long form, and prints what happened to the
inputs of each parser.
"""

import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pipeline_gfluxscale.domain.selection import parse_ids
from pipeline_gfluxscale.errors import GFluxscaleError
from pipeline_gfluxscale.files.flag_file import parse_flag_commands
from pipeline_gfluxscale.files.fluxcsv import read_flux_csv
from pipeline_gfluxscale.files.source_xml import read_source_fluxes
from pipeline_gfluxscale.pipeline.callibrary import parse_applycal_statements, parse_callibrary
from pipeline_gfluxscale.pipeline.checks import antenna_names
from pipeline_gfluxscale.pipeline.context_json import load_context
from pipeline_gfluxscale.pipeline.parameters import PARALLEL, check_given, parameters_of
from pipeline_gfluxscale.recipes.parameter_values import parse_value
from pipeline_gfluxscale.recipes.ppr import read_ppr
from pipeline_gfluxscale.recipes.recipe import check_commands, read_recipe
from pipeline_gfluxscale.stages.gfluxscale.inputs import GFluxscaleInputs
from pipeline_gfluxscale.stages.gfluxscale.serialization import read_results

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
_CONTEXT = json.dumps(
    {
        "format": "pipeline_gfluxscale context",
        "version": 2,
        "context": {"output_dir": ".", "name": "pipeline-1", "data": {}, "stage": 1, "calibration": [], "records": []},
    }
)

_SPICE = (
    "", " ", "\0", "\n", "\r", "\x1b[31m", "²", "٣", "é", "\ud800", "'", '"', "\\", "/", "..", "~", "*", ",", ";", "&",
    "<", ">", "[", "]", "(", ")", "{", "}", "=", "-", "+", ":", "nan", "inf", "-inf", "1e308", "1e999", "-1", "0",
    "9" * 400, "9" * 5000, "None", "true", "null", "[" * 300, "<a>", "&lt;", "&x;", "<!DOCTYPE a>", "../../evil",
    "/abs/evil",
)  # fmt: skip


def texts(sample: str, seed: int) -> Iterator[str]:
    """Yield a document with more and more of its pieces replaced, removed, repeated or moved, for ever."""
    rng = random.Random(seed)
    while True:
        text = sample
        for _ in range(rng.choice((1, 1, 2, 3, 10))):
            start = rng.randrange(len(text) + 1)
            end = min(len(text), start + rng.choice((0, 1, 3, 20, 200)))
            piece = rng.choice(
                (rng.choice(_SPICE), text[end : end + 40], text[start:end] * 2, chr(rng.randrange(0x3000)))
            )
            text = text[:start] + piece + text[end:]
        yield text


def values(seed: int) -> Iterator[Any]:
    """Yield values of all types that Python's literals have, and of numpy's."""
    import numpy as np

    rng = random.Random(seed)
    plain = (
        None, True, False, 0, -1, 1, 10**400, -(10**400), 0.0, -0.5, 2.5, 1e308, float("nan"), float("inf"), b"x", 1j,
        np.float32(2), np.int64(3), np.bool_(1), np.array([0, 1]), np.array([[1.5]]), object(), "inf", "int", "30s",
        "automatic", "manual", "PHASE", "0,1", *_SPICE,
    )  # fmt: skip
    while True:
        value = rng.choice(plain)
        kind = rng.randrange(5)
        if kind == 1:
            value = [rng.choice(plain) for _ in range(rng.randrange(4))]
        elif kind == 2:
            value = {"x.ms": value}
        elif kind == 3:
            value = tuple(rng.choice(plain) for _ in range(rng.randrange(4)))
        yield value


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


def _in_text(parse: Callable[..., Any], *more: Any) -> Callable[[str, Path], Any]:
    return lambda text, _: parse(text, *more)


#: By the name of what is read: a valid sample, and the parser.
PARSERS: dict[str, tuple[str, Callable[[str, Path], Any]]] = {
    "flux.csv": (_FLUX_CSV, _from_file(read_flux_csv, "flux.csv")),
    "applycal statements": (_APPLYCAL, _in_text(parse_applycal_statements, "f.txt")),
    "cal library": (_CALLIBRARY, _in_text(parse_callibrary, "f.txt")),
    "recipe": (_RECIPE, _from_file(_recipe, "r.xml")),
    "processing request": (_PPR, _from_file(read_ppr, "p.xml")),
    "Source.xml": (_SOURCE, _from_file(_source_fluxes, "Source.xml")),
    "flag commands": (_FLAGS, _in_text(parse_flag_commands, "f.txt")),
    "results": (_RESULTS, _from_file(read_results, "r.json")),
    "context": (_CONTEXT, _from_file(load_context, "c.json")),
    "selection of ids": ("0~3,5:10~20", _in_text(parse_ids)),
    "antennas": ("DA41,DA42,2", lambda text, _: antenna_names("antenna", text, ("DA41", "DA42", "DV01"))),
    "value of a parameter": ("[1, 'a', {'b': 2.5}]", _in_text(parse_value)),
}


def fuzz(name: str, number: int, seed: int = 0) -> Counter[str]:
    """Feed a parser of `PARSERS`, or the checks of the ``parameters``, and count what became of the inputs.

    Raises
    ------
    Exception
        Whatever is none of the package's errors; a note has the input.
    """
    outcomes: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as directory:
        sample, parse = PARSERS.get(name, ("", _parameters))
        inputs: Iterator[Any] = texts(sample, seed) if name in PARSERS else values(seed)
        for _ in range(number):
            given = next(inputs)
            try:
                parse(given, Path(directory))
            except GFluxscaleError as error:
                _check_message(error)
                outcomes[type(error).__name__] += 1
            except Exception as error:
                error.add_note(f"{name}, seed {seed}: {ascii(given)[:2000]}")
                raise
            else:
                outcomes["success"] += 1
    return outcomes


def _check_message(error: GFluxscaleError) -> None:
    message = str(error)
    assert message.isprintable(), ascii(message)
    assert len(message) < 2000, ascii(message)


if __name__ == "__main__":
    for each in (*PARSERS, "parameters"):
        print(f"{each}: {dict(fuzz(each, int(sys.argv[1])))}")
