"""Dataclasses come back from JSON as they were, and nothing else comes."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_gfluxscale.errors import FileFormatError
from pipeline_gfluxscale.files.typed_json import decode, encode


@dataclass(frozen=True)
class Inner:
    name: str
    numbers: tuple[float, float, float]


@dataclass
class Everything:
    path: Path
    count: int
    flag: bool
    size: float
    maybe: float | None = None
    words: frozenset[str] = frozenset()
    ids: Sequence[int] = ()
    inner: dict[str, Inner] = field(default_factory=dict)
    maps: Mapping[tuple[str, str], Inner] = field(default_factory=dict)
    anything: Any = None


PLAIN = {"path": "a/b", "count": 1, "flag": True, "size": 2.5}
TEXT = st.text(max_size=5)
INNER = st.builds(Inner, TEXT, st.tuples(*[st.floats(allow_nan=False)] * 3))


@given(
    st.builds(
        Everything,
        path=st.just(Path("a/b")),
        count=st.integers(),
        flag=st.booleans(),
        size=st.floats(allow_nan=False),
        maybe=st.none() | st.floats(allow_nan=False),
        words=st.frozensets(TEXT, max_size=3),
        ids=st.lists(st.integers(), max_size=3).map(tuple),
        inner=st.dictionaries(TEXT, INNER, max_size=2),
        maps=st.dictionaries(st.tuples(TEXT, TEXT), INNER, max_size=2),
        anything=st.none() | TEXT | st.lists(st.integers(), max_size=2),
    )
)
def test_what_is_saved_comes_back(value):
    text = json.dumps(encode(value), allow_nan=False)
    assert decode(Everything, json.loads(text), "file") == value


def test_numpy_and_what_json_has_no_number_for():
    saved = encode({"array": np.arange(2), "number": np.float64(1.5), "flag": np.bool_(True), "nan": np.float32("nan")})
    assert saved == {"array": [0, 1], "number": 1.5, "flag": True, "nan": None}
    assert encode([np.inf, -np.inf]) == ["inf", "-inf"]
    assert math.isnan(decode(Everything, PLAIN | {"size": None}, "file").size)
    assert decode(Everything, PLAIN | {"size": 2}, "file").size == 2.0


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"count": True}, "file.count: True is not of type int"),
        ({"count": 1.5}, "file.count: 1.5 is not of type int"),
        ({"flag": 1}, "file.flag"),
        ({"size": "2"}, "file.size: '2' is not of type float"),
        ({"size": "nan"}, "file.size: 'nan' is not of type float"),
        ({"anything": json.loads("[" * 200 + "]" * 200)}, "file.anything: nested too deeply"),
        ({"path": ["a"]}, "file.path"),
        ({"words": "abc"}, "file.words: 'abc' is not a list"),
        ({"ids": [1, "x"]}, r"file.ids\[1\]: 'x'"),
        ({"inner": {"a": {"name": "b", "numbers": [1.0]}}}, r"file.inner\['a'\].numbers: \[1.0\] is not a list of 3"),
        ({"inner": {"a": {"name": "b"}}}, "'numbers' is missing"),
        ({"maps": [["a", {}]]}, "file.maps"),
        ({"__class__": "os.system"}, "has no '__class__'"),
    ],
)
def test_what_is_of_another_type_is_refused(changes, complaint):
    with pytest.raises(FileFormatError, match=complaint):
        decode(Everything, PLAIN | changes, "file")


def test_what_cannot_be_saved_is_an_error():
    with pytest.raises(TypeError, match="cannot be saved"):
        encode({"function": print})
