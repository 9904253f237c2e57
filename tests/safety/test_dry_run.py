"""A dry run finds what a run finds, and changes nothing in the MeasurementSet."""

from pathlib import Path

import pytest

from helpers.fingerprints import fingerprint
from pipeline_gfluxscale import hifa_gfluxscale
from pipeline_gfluxscale.casa.tools import open_table


def files(vis: Path) -> dict[Path, tuple[int, int]]:
    """Return size and time of every file of an MS but the notes of its locks."""
    every = (path for path in vis.rglob("*") if path.is_file() and path.name != "table.lock")
    return {path.relative_to(vis): (path.stat().st_size, path.stat().st_mtime_ns) for path in every}


def fluxes(results) -> list:
    return [(m.field_id, m.spw, m.derived, m.calibrated) for m in results[0].measurements]


def test_a_dry_run(vis):
    """On data without any model: the reference's comes from flux.csv, and no column is made."""
    before, contents = files(vis), fingerprint(vis)
    dry = hifa_gfluxscale(vis, dry_run=True)
    assert dry[0].error == ""
    assert any("dry run" in text for text in dry[0].assumptions)
    assert files(vis) == before
    assert fingerprint(vis) == contents
    assert [path.name for path in vis.parent.glob(".gfluxscale*")] == []
    with open_table(vis) as table:
        assert "MODEL_DATA" not in table.colnames()
    wet = hifa_gfluxscale(vis)
    assert not any("dry run" in text for text in wet[0].assumptions)
    assert len(fluxes(wet)) == 4
    assert fluxes(dry) == fluxes(wet)


@pytest.mark.parametrize("wrong", ["yes", 1])
def test_what_is_neither_true_nor_false(vis, wrong):
    with pytest.raises(ValueError, match="dry_run="):
        hifa_gfluxscale(vis, dry_run=wrong)
