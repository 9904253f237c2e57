"""Names of the caltables, as in the pipeline."""

import os
from collections.abc import Sequence
from pathlib import Path

from ...domain.measurementset import MeasurementSet
from ...pipeline.context import Context
from ...system.names import MAX_NAME_BYTES


class TableNames:
    """Make the names of a stage's caltables, with a number that counts from 1.

    If the list of spws would make a file name too long, the name has the first spw, the last spw and their number.

    Examples
    --------
    ``uid___A002_X1.ms.hifa_gfluxscale.s1_2.spw17_19.solintinf.gacal.tbl``
    """

    def __init__(self, context: Context, ms: MeasurementSet, command: str):
        self._stem = context.output_dir / f"{ms.name}.{command}.s{context.stage}"
        self._count = 0

    def gain_table(self, spws: Sequence[int], solint: str, kind: str) -> Path:
        """Return the path of a gain table; `kind` is ``'gpcal'`` for phases, ``'gacal'`` for amplitudes."""
        return self._numbered(spws, f".solint{solint.replace(' ', '')}.{kind}.tbl")

    def bandpass_table(self, spws: Sequence[int], solint: str) -> Path:
        """Return the path of a bandpass table."""
        return self._numbered(spws, f".channel.solint{solint}.bcal.tbl")

    def tsys_table(self) -> Path:
        """Return the path of a table of system temperatures."""
        return self._numbered((), ".tsyscal.tbl")

    def flux_table(self) -> Path:
        """Return the path of the amplitude table on the flux scale of the reference."""
        return self._numbered((), ".fcal.tbl")

    def _numbered(self, spws: Sequence[int], ending: str) -> Path:
        self._count += 1
        name = f"{self._stem.name}_{self._count}{_listed(spws)}{ending}"
        if len(os.fsencode(name)) > MAX_NAME_BYTES:
            name = f"{self._stem.name}_{self._count}.spw{spws[0]}_to_{spws[-1]}_{len(spws)}spws{ending}"
        return self._stem.with_name(name)


def _listed(spws: Sequence[int]) -> str:
    return f".spw{'_'.join(map(str, spws))}" if spws else ""
