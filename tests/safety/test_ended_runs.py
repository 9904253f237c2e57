"""Whatever ends a run at whatever moment: the MeasurementSet is well, and the next run gives the same answer."""

import random
from typing import Any

import pytest

from helpers.ended_runs import answers
from helpers.fingerprints import changes
from helpers.small_observation import PLAN, REFERENCE, TARGET, TRANSFER

# More calls than a run has: such a job is a run that is not ended.
_NEVER = 10_000
# The calls: the averages of two spws are appended to the working copy (0, 1); tables of the phases (2-4) and amplitudes
# (5-7) of three fields, fluxscale (8); all models are written into a new MODEL_DATA (9), which is added to the main
# table (10).
_WRITE_MODELS = (9, 10)
_OTHER_STEPS = (0, 5, 8)
# All but the one that writes models.
_UNLOCKED = 10

Answer = dict[str, Any]


@pytest.fixture(scope="module")
def template(observation):
    """Return the directory of the observation, which has neither MODEL_DATA nor CORRECTED_DATA."""
    return observation(PLAN)


@pytest.fixture(scope="module")
def undisturbed(template, tmp_path_factory) -> Answer:
    """Return a run that is not ended, and what is there without one."""
    (answer,) = answers([{"call": _NEVER, "when": "before"}], template, tmp_path_factory.mktemp("runs"), processes=1)
    assert answer["ended"] == "done"
    assert answer["rerun"]["error"] == ""
    return answer


@pytest.fixture(scope="module")
def killed(template, tmp_path_factory) -> list[Answer]:
    """Return runs killed right after each call that writes models, within some of them, and in every other step."""
    moments = random.Random(2)
    jobs = [{"call": call, "when": "after"} for call in (*_WRITE_MODELS, *_OTHER_STEPS)]
    jobs += [{"call": call, "when": "within", "delay": moments.uniform(0.0, 0.2)} for call in (1, 9)]
    return answers(jobs, template, tmp_path_factory.mktemp("killed"))


def test_at_no_call_is_anything_but_models_changed(template, undisturbed, tmp_path_factory):
    (answer,) = answers([{"stops": True}], template, tmp_path_factory.mktemp("stops"), processes=1)
    seen = answer["seen"]
    assert len(seen) == 2 * _UNLOCKED + 1
    for number, state in enumerate(seen):
        differing = changes(state, undisturbed["in_the_end"])
        models = {f"MODEL_DATA {field}" for field in (*TRANSFER, REFERENCE)}
        # Of the target there is no model, or the one that CASA gives data of which nothing is known.
        models |= {f"MODEL_DATA {TARGET}"} - state.keys()
        assert differing <= models, f"call {number // 2}, {('before', 'after')[number % 2]}"
    assert changes(seen[-1], undisturbed["in_the_end"]) == set()


def test_a_kill_leaves_the_data_alone(killed, undisturbed):
    for answer in killed:
        assert answer["ended"] == "SIGKILL", answer["job"]
        differing = changes(answer["after"], undisturbed["in_the_end"])
        assert {name for name in differing if not name.startswith("MODEL_DATA")} == set(), answer["job"]


def test_a_rerun_gives_the_same_answer_to_the_last_bit(killed, undisturbed):
    for answer in killed:
        assert answer["rerun"] == undisturbed["rerun"], answer["job"]
        assert changes(answer["in_the_end"], undisturbed["in_the_end"]) == set(), answer["job"]


def test_a_rerun_clears_away_what_a_kill_left(killed):
    left = [answer for answer in killed if answer["left"]]
    assert left
    assert [answer["left_by_rerun"] for answer in left] == [[]] * len(left)


def test_running_twice_gives_the_same_answer(undisturbed):
    """The models of the first run must not leak into the solves of the second."""
    assert changes(undisturbed["after"], undisturbed["in_the_end"]) == set()


def test_ctrl_c(template, undisturbed, tmp_path_factory):
    """While models or averages are written, and in a solve: nothing of ours is left, and the next run is well."""
    jobs = [{"call": call, "when": "within", "signal_name": "SIGINT", "delay": 0.05} for call in (0, 6, 9)]
    for answer in answers(jobs, template, tmp_path_factory.mktemp("interrupted")):
        assert answer["ended"] == "KeyboardInterrupt", answer["job"]
        assert answer["left"] == [], answer["job"]
        differing = changes(answer["after"], undisturbed["in_the_end"])
        assert {name for name in differing if not name.startswith("MODEL_DATA")} == set(), answer["job"]
        assert answer["rerun"] == undisturbed["rerun"], answer["job"]
