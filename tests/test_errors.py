"""What a message shows of a value: on one line, printable, and never all of a long one."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_gfluxscale.errors import SHOWN_CHARACTERS, FileFormatError, InputError, NotEnoughDiskSpaceError, shown

values = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.text()
    | st.binary()
    | st.integers(0, 4000).map(lambda n: 10**n),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
)


class Unwilling:
    """An object that cannot be shown."""

    def __repr__(self):
        raise RuntimeError


@given(values)
def test_every_value_is_shown_on_a_short_printable_line(value):
    text = shown(value)
    assert text.isprintable()
    assert len(text) <= SHOWN_CHARACTERS


@given(values, st.text())
def test_messages_are_one_printable_line(value, problem):
    for error in (InputError("a", value, problem), FileFormatError(problem), NotEnoughDiskSpaceError(problem)):
        assert str(error).isprintable()
        str(error).encode("utf-8")


@pytest.mark.parametrize(
    ("value", "text"),
    [("it's", '"it\'s"'), (7, "7"), ([1, "a"], "[1, 'a']"), ("\x1b[31m", r"'\x1b[31m'"), (2.5, "2.5")],
)
def test_short_values_are_as_one_types_them(value, text):
    assert shown(value) == text


def test_what_cannot_be_shown_is_named():
    assert "Unwilling" in shown(Unwilling())
    assert shown(10**5000) == "<an integer of 16610 bits>"
    assert shown("9" * 5000).endswith("...")


def test_an_error_comes_home_from_a_worker():
    error = pickle.loads(pickle.dumps(InputError("antenna", "²", "no antenna", ["DA41"])))
    assert str(error) == "antenna='²': no antenna; choices: DA41"
