"""Averages over scans, against a plain loop over the rows."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline_gfluxscale.averaging.scan_average import average_scans

_IDS = ("FIELD_ID", "OBSERVATION_ID", "ARRAY_ID", "FEED1", "FEED2")


@given(seed=st.integers(0, 2**32 - 1), n_row=st.integers(1, 40), n_corr=st.sampled_from([1, 2, 4]))
def test_weighted_means_of_each_baseline_and_scan(seed, n_row, n_corr):
    rng = np.random.default_rng(seed)
    columns = {name: rng.integers(0, 2, n_row) for name in _IDS}
    columns |= {"SCAN_NUMBER": rng.integers(1, 4, n_row), "STATE_ID": rng.integers(0, 3, n_row)}
    columns |= {"ANTENNA1": rng.integers(0, 2, n_row), "ANTENNA2": rng.integers(2, 4, n_row)}
    columns |= {name: rng.normal(size=n_row) for name in ("TIME", "TIME_CENTROID", "EXPOSURE", "INTERVAL")}
    columns["UVW"] = rng.normal(size=(3, n_row))
    data, model = (rng.normal(size=(n_corr, n_row)) + 1j * rng.normal(size=(n_corr, n_row)) for _ in range(2))
    weight = rng.uniform(0.5, 2, (n_corr, n_row)) * (rng.random((n_corr, n_row)) > 0.3)
    found = average_scans(columns, data, model, weight)

    def key(names: dict[str, np.ndarray], row: int) -> tuple[int, ...]:
        return tuple(int(names[name][row]) for name in (*_IDS, "SCAN_NUMBER", "ANTENNA1", "ANTENNA2"))

    keys = [key(columns, row) for row in range(n_row)]
    assert sorted({*keys}) == sorted(key(found.columns, row) for row in range(found.weight.shape[1]))
    for number in range(found.weight.shape[1]):
        rows = [row for row in range(n_row) if keys[row] == key(found.columns, number)]
        total = weight[:, rows].sum(axis=1)
        np.testing.assert_allclose(found.weight[:, number], total)
        for values, averages in ((data, found.data), (model, found.model)):
            expected = (values * weight)[:, rows].sum(axis=1) / np.where(total > 0, total, 1)
            np.testing.assert_allclose(averages[:, number], expected, atol=1e-6)  # complex64
        np.testing.assert_allclose(found.columns["UVW"][:, number], columns["UVW"][:, rows].mean(axis=1))
        np.testing.assert_allclose(found.columns["EXPOSURE"][number], columns["EXPOSURE"][rows].sum())
