"""What HISTORY says of the flux densities that this package has set."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline_gfluxscale.casa.stored_models import parse_history
from pipeline_gfluxscale.domain.reference import SetjyRecord

OURS = [
    "taskname=setjy",
    "version: 6.7.0-31 CASAtools:v1.0.0",
    'vis         = "x = y.ms"',
    "fluxdensity = [0.62, 0.0, 0.0, 0.0]",
    'reffreq     = "224000000000.0Hz"',
    "fluxdict    = {'note': 'derived', 'field': 'J0309+1029'}",
]
THEIRS = ["taskname=setjy", "fluxdensity = [1, 0, 0, 0]", 'reffreq     = "1GHz"', "fluxdict    = {}"]


def records(messages):
    return list(parse_history(messages, [float(i) for i in range(len(messages))]))


def test_the_notes_of_this_package_are_found_among_other_lines():
    found = records(["taskname=split", "fluxdict = {'note': 'x'}", *OURS, "Selected 210 rows", *THEIRS, *OURS])
    assert found == [SetjyRecord("derived", "J0309+1029", 0.62, 224e9, time) for time in (2.0, 13.0)]


@given(st.lists(st.sampled_from([*OURS, *THEIRS]) | st.text(max_size=30), max_size=12))
def test_no_history_is_too_strange(messages):
    assert all(record.flux > 0 for record in records(messages))


def test_calls_are_never_executed():
    assert records([*OURS[:-1], "fluxdict    = {'note': __import__('os').getcwd(), 'field': 'x'}"]) == []
