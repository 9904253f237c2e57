"""The pipeline's words for what data are for, and the STATE.OBS_MODE of a MeasurementSet that they stand for.

An OBS_MODE is a comma separated list of modes such as ``CALIBRATE_FLUX#ON_SOURCE,CALIBRATE_WVR#ON_SOURCE``:
a purpose, a separator and a subscan intent. Data of ALMA's first years separate the two with ``.`` or ``_``.
"""

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from ..errors import SHOWN_CHARACTERS, InputError, printable

# Each word and its modes: a purpose alone, or with the one subscan intent that counts.
INTENTS: dict[str, tuple[str, ...]] = {
    "AMPLITUDE": ("CALIBRATE_FLUX", "CALIBRATE_AMPLI"),
    "PHASE": ("CALIBRATE_PHASE",),
    "BANDPASS": ("CALIBRATE_BANDPASS",),
    "CHECK": ("OBSERVE_CHECK_SOURCE",),
    "DIFFGAINREF": ("CALIBRATE_DIFFGAIN#REFERENCE",),
    "DIFFGAINSRC": ("CALIBRATE_DIFFGAIN#ON_SOURCE",),
    "POLARIZATION": ("CALIBRATE_POLARIZATION",),
    "POLANGLE": ("CALIBRATE_POL_ANGLE",),
    "POLLEAKAGE": ("CALIBRATE_POL_LEAKAGE",),
    "TARGET": ("OBSERVE_TARGET",),
    "ATMOSPHERE": ("CALIBRATE_ATMOSPHERE",),
    "POINTING": ("CALIBRATE_POINTING",),
    "SIDEBAND": ("CALIBRATE_SIDEBAND_RATIO",),
    "FOCUS": ("CALIBRATE_FOCUS",),
    "WVR": ("CALIBRATE_WVR",),
}

CALIBRATOR_INTENTS = frozenset(
    {
        "AMPLITUDE",
        "PHASE",
        "BANDPASS",
        "CHECK",
        "DIFFGAINREF",
        "DIFFGAINSRC",
        "POLARIZATION",
        "POLANGLE",
        "POLLEAKAGE",
    }
)

# The spws of these are the science spws; pointing, atmosphere and WVR scans may use others.
SCIENCE_INTENTS = CALIBRATOR_INTENTS | {"TARGET"}

# Before OBSERVE_CHECK_SOURCE existed, check sources were observed as delay calibrators. Today ALMA adds
# CALIBRATE_DELAY to other calibrators, so it means CHECK only where no calibrator intent is beside it.
_OLD_CHECK = "CALIBRATE_DELAY"

# Off the source there is sky only, which serves these.
_OFF_SOURCE_INTENTS = frozenset({"ATMOSPHERE", "SIDEBAND", "POINTING", "FOCUS", "WVR"})

_MODE = re.compile(
    r"(?P<purpose>[A-Z][A-Z_]*?)"
    r"(?:[#.](?P<subscan>\w+)|_(?P<old_subscan>ON_SOURCE|OFF_SOURCE))?"
)


def intents_of(obs_mode: str) -> frozenset[str]:
    """Return the pipeline's words for an OBS_MODE.

    Parameters
    ----------
    obs_mode : str
        An entry of STATE.OBS_MODE, such as ``'CALIBRATE_FLUX#ON_SOURCE,CALIBRATE_WVR#ON_SOURCE'``.

    Returns
    -------
    frozenset of str
        Keys of `INTENTS`; modes that the pipeline has no word for are left out. CALIBRATE_DELAY is CHECK
        where no other calibrator intent is beside it (data older than OBSERVE_CHECK_SOURCE).
    """
    modes = list(_modes(obs_mode))
    words = frozenset(word for word in INTENTS for mode in modes if _is_mode_of(word, *mode))
    if not words & CALIBRATOR_INTENTS and (_OLD_CHECK, "ON_SOURCE") in modes:
        return words | {"CHECK"}
    return words


def _modes(obs_mode: str) -> Iterator[tuple[str, str]]:
    """Split an OBS_MODE into pairs of purpose and subscan intent."""
    for text in obs_mode.split(","):
        if mode := _MODE.fullmatch(text.strip()):
            yield mode["purpose"], mode["subscan"] or mode["old_subscan"] or ""


def _is_mode_of(word: str, purpose: str, subscan: str) -> bool:
    if subscan == "OFF_SOURCE" and word not in _OFF_SOURCE_INTENTS:
        return False
    return purpose in INTENTS[word] or f"{purpose}#{subscan}" in INTENTS[word]


def casa_selection(intent: str, obs_modes: Iterable[str] | None = None) -> str:
    """Return the CASA selection (parameter ``intent``) of the data of pipeline intents.

    Parameters
    ----------
    intent : str
        One or more keys of `INTENTS`, comma separated.
    obs_modes : iterable of str, optional
        Entries of STATE.OBS_MODE of the data that are selected from. CASA refuses a selection of several
        patterns if a single one of them matches nothing, so only patterns that match some of these are kept.

    Returns
    -------
    str
        Patterns such as ``'*CALIBRATE_FLUX*,*CALIBRATE_AMPLI*'``. The separator of purpose and subscan
        intent is the wildcard ``?``: MSSelection cannot parse the ``.`` of older data in a pattern.

    Raises
    ------
    InputError
        A word is unknown, or `obs_modes` has none of them.
    """
    words = validate_intents("intent", intent)
    present = None if obs_modes is None else list(obs_modes)
    patterns = [
        pattern
        for word in words
        for pattern in (f"*{mode.replace('#', '?')}*" for mode in _modes_of(word))
        if present is None or any(_selects(pattern, word, mode) for mode in present)
    ]
    if words and not patterns:
        # An empty selection would mean all data.
        raise InputError("intent", intent, "no data have it", sorted(set(present or ())))
    return ",".join(patterns)


def _modes_of(word: str) -> tuple[str, ...]:
    return (*INTENTS[word], _OLD_CHECK) if word == "CHECK" else INTENTS[word]


def _selects(pattern: str, word: str, obs_mode: str) -> bool:
    return word in intents_of(obs_mode) and fnmatchcase(obs_mode, pattern)


def pipeline_words(selection: str) -> str:
    """Translate a CASA obs-mode selection into the pipeline's words, where there is a word.

    Parameters
    ----------
    selection : str
        Comma separated OBS_MODE patterns such as ``'CALIBRATE_PHASE#ON_SOURCE'`` or ``'*CALIBRATE_PHASE*'``,
        or words of the pipeline.

    Returns
    -------
    str
        Comma separated; an item that matches no mode of `INTENTS` is kept as it is.
    """
    items = [item.strip() for item in selection.split(",") if item.strip()]
    return ",".join(dict.fromkeys(word for item in items for word in _words_matching(item)))


def _words_matching(item: str) -> list[str]:
    if item in INTENTS:
        return [item]
    if exact := intents_of(item):
        return [word for word in INTENTS if word in exact]
    return [word for word in INTENTS if _pattern_means(item, word)] or [item]


def _pattern_means(pattern: str, word: str) -> bool:
    modes = [mode if "#" in mode else f"{mode}#ON_SOURCE" for mode in _modes_of(word)]
    return any(fnmatchcase(mode, pattern.replace(".", "#")) for mode in modes)


def validate_intents(argument: str, words: str) -> tuple[str, ...]:
    """Split a comma separated list of the pipeline's words.

    Parameters
    ----------
    argument : str
        Name of the argument that the words come from, for the error message.
    words : str
        Such as ``'PHASE,BANDPASS'``; lower case is accepted, a blank means none.

    Returns
    -------
    tuple of str
        Keys of `INTENTS` in the order given, each once.

    Raises
    ------
    InputError
        A word is not a key of `INTENTS`.
    """
    given = dict.fromkeys(word.strip().upper() for word in words.split(",") if word.strip())
    if unknown := [word for word in given if word not in INTENTS]:
        raise InputError(argument, words, f"unknown intent {printable(unknown[0][:SHOWN_CHARACTERS])}", INTENTS)
    return tuple(given)
