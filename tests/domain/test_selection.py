from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_gfluxscale.domain.selection import format_ids, parse_ids, select_named, split_items, unmatched_items
from pipeline_gfluxscale.errors import InputError

FIELDS = [(0, "J0350+2333"), (1, "3"), (2, "3C 286"), (3, "B0007+106; J0010+109, a"), (4, "3C 286")]

ids = st.sets(st.integers(0, 300), min_size=1)


@given(ids)
def test_formatted_ids_are_parsed_back(wanted):
    assert parse_ids(format_ids(wanted)) == tuple(sorted(wanted))


@given(ids)
def test_formatting_is_as_short_as_can_be(wanted):
    """No two neighbours are left apart."""
    parts = [part.split("~") for part in format_ids(wanted).split(",")]
    assert all(int(left[-1]) + 1 < int(right[0]) for left, right in pairwise(parts))


@given(st.text(alphabet="0123456789~,:;* ab\"'-", max_size=20))
def test_any_text_is_parsed_or_refused(text):
    try:
        found = parse_ids(text)
    except InputError:
        return
    assert list(found) == sorted(set(found))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("0~3,5", (0, 1, 2, 3, 5)),
        (" 5 , 0 ~ 1 ", (0, 1, 5)),
        ("4~5:10~20;30~40,9:0", (4, 5, 9)),
        ("3,3", (3,)),
        ("", ()),
        ("*", ()),
    ],
)
def test_parse_ids(text, wanted):
    assert parse_ids(text) == wanted


@pytest.mark.parametrize("text", ["a", "-1", "3~1", "1~", "0~999999999999", "99999999999", "<3", "1.5", "²"])
def test_parse_ids_refuses(text):
    with pytest.raises(InputError, match="refspw="):
        parse_ids(text, "refspw")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", (0, 1, 2, 3, 4)),
        ("J0350+2333", (0,)),
        ("3C 286", (2, 4)),  # a name may stand for several fields
        ("3", (1,)),  # names come first
        ("0,2~9", (0, 2, 3, 4)),
        ('"B0007+106; J0010+109, a",0', (0, 3)),
        ("J*", (0,)),
        ("*", (0, 1, 2, 3, 4)),
        ("nobody", ()),
    ],
)
def test_select_named(text, wanted):
    assert select_named(text, FIELDS) == wanted


def test_unmatched_items_are_named():
    assert unmatched_items("0,nobody,7,3C 286", FIELDS) == ("nobody", "7")


def test_a_quote_within_a_name_is_part_of_it():
    assert list(split_items("O'Brien,2")) == ["O'Brien", "2"]


@given(st.lists(st.text(alphabet=st.characters(categories=["L", "N"]), min_size=1), max_size=5))
def test_split_items_is_the_inverse_of_join(names):
    assert list(split_items(",".join(names))) == names
