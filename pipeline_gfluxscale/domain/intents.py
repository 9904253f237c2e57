"""The intents of the ALMA Pipeline, and the STATE.OBS_MODE in a MeasurementSet that they stand for.

An OBS_MODE is a comma separated list of modes such as ``CALIBRATE_FLUX#ON_SOURCE,CALIBRATE_WVR#ON_SOURCE``:
a purpose, a separator and a subscan intent. Data of ALMA's first years separate the two with ``.`` or ``_``.
"""

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from ..errors import SHOWN_CHARACTERS, InputError, printable

# Each intent and its modes: a purpose with any subscan intent, or with the one after '#'.
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

# The science spws are the spws of scans with these intents; pointing, atmosphere and WVR scans may use other spws.
SCIENCE_INTENTS = CALIBRATOR_INTENTS | {"TARGET"}

# Before OBSERVE_CHECK_SOURCE existed, check sources were observed as delay calibrators. Today ALMA adds
# CALIBRATE_DELAY to other calibrators, so it means CHECK only if the OBS_MODE has no calibrator intent.
_OLD_CHECK = "CALIBRATE_DELAY"

# Intents of subscans off the source, which show the sky only; other intents need the source.
_OFF_SOURCE_INTENTS = frozenset({"ATMOSPHERE", "SIDEBAND", "POINTING", "FOCUS", "WVR"})

_MODE = re.compile(
    r"(?P<purpose>[A-Z][A-Z_]*?)"
    r"(?:[#.](?P<subscan>\w+)|_(?P<old_subscan>ON_SOURCE|OFF_SOURCE))?"
)


def intents_of(obs_mode: str) -> frozenset[str]:
    """Return the pipeline's intents for an OBS_MODE.

    Parameters
    ----------
    obs_mode : str
        An entry of STATE.OBS_MODE, such as ``'CALIBRATE_FLUX#ON_SOURCE,CALIBRATE_WVR#ON_SOURCE'``.

    Returns
    -------
    frozenset of str
        Keys of `INTENTS`; modes without an intent of the pipeline are left out. CALIBRATE_DELAY is CHECK if there is
        no other calibrator intent (data older than OBSERVE_CHECK_SOURCE).
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
        The entries of the data's STATE.OBS_MODE. Only patterns that match one of them are kept, as CASA refuses a
        selection of several patterns if one of them matches nothing.

    Returns
    -------
    str
        Patterns such as ``'*CALIBRATE_FLUX*,*CALIBRATE_AMPLI*'``. The separator of purpose and subscan
        intent is the wildcard ``?``: MSSelection cannot parse the ``.`` of older data in a pattern.

    Raises
    ------
    InputError
        An intent is unknown, or `obs_modes` has none of the intents.
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
    """Translate a CASA selection of OBS_MODEs into the pipeline's intents, if there are such intents.

    Parameters
    ----------
    selection : str
        Comma separated OBS_MODE patterns such as ``'CALIBRATE_PHASE#ON_SOURCE'`` or ``'*CALIBRATE_PHASE*'``,
        or intents of the pipeline.

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
    """Split a comma separated list of the pipeline's intents.

    Parameters
    ----------
    argument : str
        Name of the argument with the intents, for the error message.
    words : str
        Such as ``'PHASE,BANDPASS'``; lower case is accepted, a blank means none.

    Returns
    -------
    tuple of str
        Keys of `INTENTS` in the order of the list, without repetitions.

    Raises
    ------
    InputError
        An intent is not a key of `INTENTS`.
    """
    intents = dict.fromkeys(word.strip().upper() for word in words.split(",") if word.strip())
    if unknown := [word for word in intents if word not in INTENTS]:
        raise InputError(argument, words, f"unknown intent {printable(unknown[0][:SHOWN_CHARACTERS])}", INTENTS)
    return tuple(intents)
