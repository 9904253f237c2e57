"""A parameter is declared once: its value, signature, documentation and shell option follow."""

import contextlib
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given as examples
from hypothesis import strategies as st

from pipeline_gfluxscale.errors import InputError
from pipeline_gfluxscale.pipeline.checks import choice, intents, names, number, one_of, spw_list
from pipeline_gfluxscale.pipeline.parameters import (
    Parameter,
    check_given,
    checked,
    markdown_table,
    parameter,
    parameters_of,
    takes_parameters,
)


@dataclass(frozen=True)
class Inputs:
    """A stage's Inputs."""

    place: str
    field: str = parameter(None, "str", "Names of fields.", names, default_text="all fields")
    minsnr: float = parameter(2.0, "float", "Least SNR.", number("0 or more", lambda x: x >= 0))
    mode: str = parameter("fast", "{'fast', 'slow'}", "How it is done.", choice("fast", "slow"))


DECLARED = parameters_of(Inputs)


@takes_parameters(Inputs, {"more": DECLARED["minsnr"]})
def stage(context: str, vis: str | None = None, *, given: Mapping[str, Any], output_dir: str = ".") -> dict[str, Any]:
    """Run a stage.

    Parameters
    ----------
    {parameters}
    """
    return {"context": context, "vis": vis, "given": given, "output_dir": output_dir}


def test_only_declared_fields_are_parameters():
    assert list(DECLARED) == ["field", "minsnr", "mode"]


def test_none_stands_for_the_default():
    assert checked(DECLARED, {"minsnr": None}, "a.ms") == {"field": "", "minsnr": 2.0, "mode": "fast"}


def test_a_mapping_gives_each_ms_its_own_value():
    given = {"field": {"a.ms": ["3C273", 4]}}
    assert checked(DECLARED, given, "a.ms")["field"] == "3C273,4"
    assert checked(DECLARED, given, "b.ms")["field"] == ""


def test_values_of_all_measurementsets_are_checked():
    with pytest.raises(InputError, match="mode='quick': unknown option; choices: fast, slow"):
        check_given(DECLARED, {"mode": {"a.ms": "fast", "b.ms": "quick"}})


def test_a_function_has_the_declared_parameters():
    assert list(inspect.signature(stage).parameters) == [
        "context", "vis", "field", "minsnr", "mode", "more", "output_dir",
    ]  # fmt: skip
    called = stage("c", "a.ms", "3C273", mode="slow", output_dir="out")
    assert called == {
        "context": "c", "vis": "a.ms", "given": {"field": "3C273", "mode": "slow"}, "output_dir": "out",
    }  # fmt: skip
    with pytest.raises(TypeError, match="unexpected keyword argument 'given'"):
        stage("c", given={})


def test_the_documentation_has_type_meaning_and_default():
    assert "field : str, optional\n    Names of fields. Default: all fields.\n" in stage.__doc__
    assert "minsnr : float, optional\n    Least SNR. Default: ``2``." in stage.__doc__
    assert "| `mode` | `'fast'` | How it is done. |" in markdown_table(DECLARED)


@pytest.mark.parametrize(("value", "spws"), [(None, ()), (-1, (-1,)), ([1, 1], (1, 1)), ("1, 1,3", (1, 1, 3))])
def test_lists_of_spws(value, spws):
    assert spw_list("refspwmap", value) == spws


@pytest.mark.parametrize("value", ["", "a", "²", "1,,2", [True], [1.0], {"a": 1}.values, "1" * 5000])
def test_no_list_of_spws(value):
    with pytest.raises(InputError, match=r"^refspwmap="):
        spw_list("refspwmap", value)


def test_true_is_not_one():
    check = one_of((None, True))
    assert check("parallel", True) is True
    with pytest.raises(InputError, match="choices: None, True"):
        check("parallel", 1)


@pytest.mark.parametrize("check", [names, intents, spw_list, number("any", lambda x: True), choice("a"), one_of((1,))])
@examples(st.one_of(st.none(), st.booleans(), st.text(), st.floats(), st.integers(), st.lists(st.text() | st.none())))
def test_checks_return_a_value_or_raise_an_input_error(check, value):
    with contextlib.suppress(InputError):
        Parameter(None, "str", "", check).typed(check("argument", value))
