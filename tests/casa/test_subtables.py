"""Sub-tables are copied with the tables that lie in their directories."""

import pytest

from pipeline_gfluxscale.casa.runtime import casatools
from pipeline_gfluxscale.casa.subtables import copy_rows
from pipeline_gfluxscale.casa.tools import open_table


def make_table(path, column, values):
    table = casatools().table()
    description = {column: {"valueType": "double", "dataManagerType": "", "dataManagerGroup": "", "option": 0}}
    table.create(str(path), description)
    table.addrows(len(values))
    if values:
        table.putcol(column, values)
    table.putkeyword("NAME", path.name)
    table.close()


@pytest.mark.parametrize("rows", [[1.0, 2.0], []])
def test_tables_in_a_subtable_are_copied(tmp_path, rows):
    make_table(tmp_path / "FIELD", "TIME", rows)
    make_table(tmp_path / "FIELD" / "EPHEM0_Uranus.tab", "MJD", [60266.0, 60267.0])
    make_table(tmp_path / "COPY", "TIME", [])
    copy_rows(tmp_path / "FIELD", tmp_path / "COPY")
    with open_table(tmp_path / "COPY") as table:
        assert table.nrows() == len(rows)
    with open_table(tmp_path / "COPY" / "EPHEM0_Uranus.tab") as table:
        assert list(table.getcol("MJD")) == [60266.0, 60267.0]
        assert table.getkeyword("NAME") == "EPHEM0_Uranus.tab"
