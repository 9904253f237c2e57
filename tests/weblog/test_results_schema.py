"""The JSON of results: its schema, its documentation, and the way back."""

import json
import math
import random
import re
import types
import typing
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from helpers.weblog_examples import example_list
from pipeline_gfluxscale.cli.main import cli
from pipeline_gfluxscale.cli.schema import FILES, schema_of_file
from pipeline_gfluxscale.errors import FileFormatError
from pipeline_gfluxscale.files.json_entries import Entry, entries_of
from pipeline_gfluxscale.files.json_input import MAX_BYTES
from pipeline_gfluxscale.files.json_schema import schema_of
from pipeline_gfluxscale.files.typed_json import MAPPINGS, SETS, decode, encode
from pipeline_gfluxscale.pipeline.context import Context
from pipeline_gfluxscale.stages.bandpass.results import BandpassResults
from pipeline_gfluxscale.stages.comparison.compare import Comparison
from pipeline_gfluxscale.stages.fluxagreement.results import FluxAgreementResults
from pipeline_gfluxscale.stages.gfluxscale.results import GFluxscaleResults
from pipeline_gfluxscale.stages.gfluxscale.serialization import read_results
from pipeline_gfluxscale.stages.importdata.results import ImportdataResults
from pipeline_gfluxscale.stages.refant.results import RefantResults
from pipeline_gfluxscale.stages.setmodels.results import SetModelsResults
from pipeline_gfluxscale.stages.spwphaseup.results import SpwPhaseupResults
from pipeline_gfluxscale.stages.tsyscal.results import TsyscalResults

DOCS = Path(__file__).parents[2] / "docs"
RESULTS = (
    BandpassResults,
    FluxAgreementResults,
    GFluxscaleResults,
    ImportdataResults,
    RefantResults,
    SetModelsResults,
    SpwPhaseupResults,
    TsyscalResults,
)
VALIDATORS = {kind: Draft202012Validator(schema_of(kind)) for kind in (*RESULTS, Comparison, Context)}
TEXTS = ("", "a", "3C 273", "é", "\n", "inf", "null", "'", '"', "\\", "<b>")
FINITE = (0.0, -0.0, 1.0, 0.1, -2.5e-300, 1e308, 2.3e11)


class Maker:
    """Values of all types that files can hold, at random: hypothesis takes minutes for dataclasses of this size."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)

    def value(self, kind: Any) -> Any:
        """Return a value of a type."""
        origin, arguments = typing.get_origin(kind), typing.get_args(kind)
        if is_dataclass(kind):
            own = (entry for entry in entries_of(kind) if not entry.is_computed)
            return kind(**{entry.attribute: self._entry(entry) for entry in own})
        if origin in (typing.Union, types.UnionType):
            # NaN comes back as None here. An infinity in the cell of a table comes back as its text.
            chosen = self.random.choice(arguments)
            return self.random.choice(FINITE) if chosen is float else self.value(chosen)
        if origin is not None:
            return self._items(origin, arguments)
        return self._basic(kind)

    def _basic(self, kind: Any) -> Any:
        basic: dict[Any, Sequence[Any]] = {
            str: TEXTS,
            int: (0, 1, -1, 2**70),
            bool: (True, False),
            float: (*FINITE, math.nan, math.inf, -math.inf),
            Path: (Path("a/b"), Path()),
            types.NoneType: (None,),
            Any: (None, "a", 1, [True], {"a": 0.5}),
        }
        return self.random.choice(basic[kind])

    def _items(self, origin: Any, arguments: tuple[Any, ...]) -> Any:
        if origin is tuple and arguments[-1] is not Ellipsis:
            return tuple(map(self.value, arguments))
        number = range(self.random.randrange(3))
        if origin in MAPPINGS:
            return {self.value(arguments[0]): self.value(arguments[1]) for _ in number}
        items = [self.value(arguments[0]) for _ in number]
        return frozenset(items) if origin in SETS else items if origin is list else tuple(items)

    def _entry(self, entry: Entry) -> Any:
        value = self.value(entry.kind)
        # With NaN alone it comes back as None: its entries are null in both cases.
        nothing = entry.is_flat and all(item is None for item in encode(value or {}).values())
        return None if nothing else value


def comparable(value: Any) -> Any:
    """Return a value with a text in place of NaN, which differs from itself."""
    if is_dataclass(value):
        return type(value), *(comparable(getattr(value, field.name)) for field in fields(value) if field.compare)
    if isinstance(value, dict):
        return {key: comparable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(comparable, value))
    return "nan" if isinstance(value, float) and math.isnan(value) else value


@pytest.mark.parametrize("kind", VALIDATORS)
@given(st.integers(0, 2**32))
@settings(max_examples=20, deadline=None)
def test_what_is_saved_comes_back_and_follows_the_schema(kind, seed):
    maker = Maker(seed)
    value = maker.value(kind)
    with pytest.MonkeyPatch.context() as patch:
        if kind in RESULTS:  # the tables of random results would have to be about existing spws and antennas
            shown = maker.value(typing.get_type_hints(kind.exhibits)["return"])
            patch.setattr(kind, "exhibits", lambda self: shown)
        content = json.loads(json.dumps(encode(value), allow_nan=False))
    assert comparable(decode(kind, content, "file")) == comparable(value)
    assert list(VALIDATORS[kind].iter_errors(content)) == []


@pytest.mark.parametrize("file", FILES)
def test_the_package_has_the_schemas_that_the_dataclasses_give(file):
    """If this fails: gfluxscale schema FILE > pipeline_gfluxscale/schemas/FILE.schema.json."""
    Draft202012Validator.check_schema(schema_of_file(file))
    shipped = files("pipeline_gfluxscale").joinpath("schemas", f"{file}.schema.json").read_text(encoding="utf-8")
    assert CliRunner().invoke(cli, ["schema", file]).output == shipped


@pytest.mark.parametrize("number", [1, 3])
def test_results_follow_the_schema(number):
    Draft202012Validator(schema_of_file("results")).validate(example_list(number).to_dict())


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.pop("version"),
        lambda content: content["results"][0].update(more=1),
        lambda content: content["results"][0]["measurements"][0].pop("ratio"),
        lambda content: content["results"][0]["measurements"][0].update(spw="0"),
        lambda content: content["results"][0]["measurements"][0]["derived"].update(I="nan"),
    ],
)
def test_the_schema_refuses_another_shape(change):
    content = example_list().to_dict()
    change(content)
    assert not Draft202012Validator(schema_of_file("results")).is_valid(content)


def test_every_key_is_described():
    schema = schema_of_file("results")
    drawn = {name for name, each in schema["$defs"].items() if name in _reached(schema, "PlotData")}
    lacking = [
        f"{name}.{key}"
        for name, each in schema["$defs"].items()
        for key, entry in each.get("properties", {}).items()
        if name not in drawn and not entry.get("description")
    ]
    assert lacking == []


def _reached(schema: dict[str, Any], name: str) -> set[str]:
    """Return the names of the definitions that one of them refers to, with its own."""
    names = {name}
    for other in re.findall(r'"#/\$defs/(\w+)"', json.dumps(schema["$defs"][name])):
        names |= _reached(schema, other)
    return names


@pytest.mark.parametrize(
    ("page", "heading", "definition"),
    [
        ("results.md", "## JSON", "GFluxscaleResults"),
        ("blocks.md", "## JSON of `gfluxscale compare`", "Comparison"),
    ],
)
def test_the_documentation_names_every_key(page, heading, definition):
    text = (DOCS / page).read_text(encoding="utf-8")
    section = text[text.index(f"{heading}\n") :].split("\n##")[0]
    named = {key for row in re.findall(r"^\| (`.*?) \|", section, re.M) for key in re.findall(r"`(\w+)`", row)}
    schema = schema_of_file("results")["$defs"][definition]
    assert named == set(schema["properties"])


def test_a_file_of_another_version_is_refused_by_name_and_version(tmp_path):
    path = tmp_path / "old.json"
    path.write_text(json.dumps(example_list().to_dict() | {"version": 7}))
    with pytest.raises(FileFormatError, match=rf"{path}: version 7 of the results; this package reads 1"):
        read_results(path)


def test_a_file_without_version_may_be_an_old_one(tmp_path):
    content = example_list().to_dict()
    del content["version"]
    path = tmp_path / "old.json"
    path.write_text(json.dumps(content))
    assert read_results(path)[0] == example_list()[0]
    content["results"][0]["flux"] = 1
    path.write_text(json.dumps(content))
    with pytest.raises(FileFormatError, match=rf"{path}.results\[0\]: .*has no 'flux'.*states no version"):
        read_results(path)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_json_does_not_have_are_refused(tmp_path, number):
    path = tmp_path / "results.json"
    path.write_text(f'{{"results": [{{"vis": "a.ms", "elapsed_s": {{"Solve": {number}}}}}]}}')
    with pytest.raises(FileFormatError, match=f"{number} is no number of JSON"):
        read_results(path)


def test_a_file_that_is_too_large_is_refused_unread(tmp_path):
    path = tmp_path / "results.json"
    with path.open("w") as file:
        file.truncate(MAX_BYTES + 1)  # a hole, which needs no space on the disk
    with pytest.raises(FileFormatError, match=r"2\.0 GB, more than any file of this package"):
        read_results(path)
