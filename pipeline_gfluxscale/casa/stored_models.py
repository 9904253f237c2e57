"""Read the model of a field from an MS, and from HISTORY the flux densities that this package has set."""

import ast
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..domain.reference import ModelSample, SetjyRecord
from .history import all_rows
from .tools import open_table, query


def read_model(vis: Path, field_id: int, spw_id: int, column: str = "MODEL_DATA") -> list[ModelSample]:
    """Return the model of a field in a spw in its first and last channel.

    Parameters
    ----------
    vis : Path
    field_id, spw_id : int
    column : str
        The column with the model.

    Returns
    -------
    list of ModelSample
        Empty without a usable model: CASA fills new columns with exactly 1, and an interrupted writer leaves zeros.
        For this check one channel of every tile is read, as a tile is written as a whole.
    """
    with open_table(vis / "DATA_DESCRIPTION") as table:
        ddids = np.flatnonzero(table.getcol("SPECTRAL_WINDOW_ID") == spw_id).tolist()
    with open_table(vis / "SPECTRAL_WINDOW") as table:
        frequencies = table.getcell("CHAN_FREQ", spw_id)
    where = f"FIELD_ID == {field_id} && DATA_DESC_ID in {ddids} && ANTENNA1 != ANTENNA2"
    with open_table(vis) as table, query(table, where) as rows:
        if rows.nrows() == 0:
            return []
        last = len(frequencies) - 1
        uv = rows.getcol("UVW")[:2]
        samples = []
        for channel in dict.fromkeys((0, *_first_channels_of_tiles(rows, column, len(frequencies)), last)):
            hands = _parallel_hands(rows, column, channel)
            if np.any(~np.isfinite(hands) | (hands == 1) | (hands == 0)):
                return []
            if channel in (0, last):
                samples.append(ModelSample(float(frequencies[channel]), hands.mean(axis=0), uv))
        return samples


def _first_channels_of_tiles(rows: Any, column: str, n_channel: int) -> range:
    tiles = [m["SPEC"].get("DEFAULTTILESHAPE", ()) for m in rows.getdminfo().values() if column in m["COLUMNS"]]
    step = int(tiles[0][1]) if tiles and len(tiles[0]) == 3 else 1
    return range(0, n_channel, max(1, step))


def _parallel_hands(rows: Any, column: str, channel: int) -> np.ndarray:
    """Return the first and the last correlation in a channel, shape (n_hand, n_row)."""
    last = rows.getcell(column, 0).shape[0] - 1
    values = rows.getcolslice(column, [0, channel], [last, channel], [max(1, last), 1])
    return np.asarray(values)[:, 0, :]


def read_setjy_records(vis: Path) -> list[SetjyRecord]:
    """Return the flux densities that this package has set, according to HISTORY, in the order of the table.

    setjy writes its arguments to HISTORY, and ignores `fluxdict` if standard='manual'. So this package passes a note in
    `fluxdict`, which copies of the MS keep.
    """
    if not (vis / "HISTORY").exists():
        return []
    with all_rows(vis / "HISTORY") as rows:
        if rows.nrows() == 0:
            return []
        messages = [str(message) for message in rows.getcol("MESSAGE")]
        times = [float(time) for time in rows.getcol("TIME")]
    return list(parse_history(messages, times))


def parse_history(messages: Sequence[str], times: Sequence[float]) -> Iterator[SetjyRecord]:
    """Yield the records in HISTORY messages; lines that cannot be parsed were not written by this package."""
    for start, arguments in _setjy_calls(messages):
        try:
            note = ast.literal_eval(arguments.get("fluxdict", "{}"))
            fluxes = ast.literal_eval(arguments.get("fluxdensity", "[]"))
            reference = str(ast.literal_eval(arguments.get("reffreq", "''")))
            frequency = float(reference.removesuffix("Hz"))
            record = SetjyRecord(str(note["note"]), str(note["field"]), float(fluxes[0]), frequency, times[start])
        except (ValueError, SyntaxError, KeyError, TypeError, IndexError, MemoryError, RecursionError):
            continue
        if record.flux > 0:
            yield record


def _setjy_calls(messages: Iterable[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the arguments of each setjy call as texts, and the number of its first row."""
    start, arguments = -1, dict[str, str]()
    for row, message in enumerate(messages):
        if message.startswith("taskname="):
            if start >= 0:
                yield start, arguments
            start, arguments = (row if message == "taskname=setjy" else -1), {}
        elif start >= 0 and " = " in message:
            name, _, value = message.partition(" = ")
            arguments[name.strip()] = value
    if start >= 0:
        yield start, arguments
