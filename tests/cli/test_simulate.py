"""``gfluxscale simulate`` from a shell: which form the data have."""

import pytest

from helpers.shell_command import gfluxscale
from pipeline_gfluxscale.casa.ms_reader import read_measurementset

pytestmark = pytest.mark.casa

SMALL = ["--antennas", "4", "--channels", "8", "--phase-scans", "1", "--check-flux", "0"]


@pytest.mark.parametrize(
    ("options", "spws"),
    [([], {17, 19, 21, 23}), (["--flat"], {0, 1, 2, 3}), (["--raw"], {0, 1, 2, 3}), (["--plain"], {0, 1, 2, 3})],
)
def test_simplified_data_are_of_the_plain_form(tmp_path, options, spws):
    done = gfluxscale(tmp_path, "simulate", ".", *SMALL, *options)
    assert done.status == 0, done.err
    assert read_measurementset(tmp_path / "demo.ms").science_spw_ids == spws


def test_the_directory_is_made(tmp_path):
    done = gfluxscale(tmp_path, "simulate", "new/place", *SMALL, "--plain")
    assert done.status == 0, done.err
    assert (tmp_path / "new" / "place" / "demo.ms").is_dir()
