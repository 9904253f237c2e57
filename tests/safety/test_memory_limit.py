"""A limit on memory that is too low for CASA is one line before any work: CASA would abort, or hang."""

import os
import resource
import subprocess
import sys
from pathlib import Path

from pipeline_gfluxscale import __file__ as package

_RUN = "from pipeline_gfluxscale.cli.main import main; main()"
_LIMIT = 1_000_000_000


def test_a_limit_on_virtual_memory(tmp_path):
    """The data need not exist beyond the file by which a table is recognised: CASA is not started."""
    (tmp_path / "some.ms").mkdir()
    (tmp_path / "some.ms" / "table.dat").write_bytes(b"\0" * 100)
    done = subprocess.run(
        [sys.executable, "-c", _RUN, "run", "some.ms"],
        check=False,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path(package).parent.parent)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (_LIMIT, _LIMIT)),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert "the limit on virtual memory (ulimit -v) is 1.00 GB, and CASA needs at least 1.5 GB" in line
