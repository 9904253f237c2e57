"""Models that we write beside those that CASA's setjy writes."""

import inspect
import shutil
from pathlib import Path

import numpy as np
import pytest

from helpers.small_observation import quick_plan
from pipeline_gfluxscale.casa import models, runtime
from pipeline_gfluxscale.casa.models import PointModel
from pipeline_gfluxscale.casa.point_models import SETJY_DEFAULTS
from pipeline_gfluxscale.casa.tasks import recording_commands
from pipeline_gfluxscale.casa.tools import open_table
from pipeline_gfluxscale.domain.flux import StokesFlux

POLARISED = StokesFlux(2.3456789, 0.0123456, -0.0234567, 0.0034567)
# Two fields; spectra that rise, fall, and are flat; reference frequencies within and beside the spw.
MODELS = (
    PointModel(0, 0, StokesFlux(3.3333333), -0.712345, 224.1e9),
    PointModel(0, 1, StokesFlux(0.0123456), 1.23, 239.3e9),
    PointModel(1, 0, StokesFlux(0.6108273), 0.0, 224e9),
    PointModel(1, 1, POLARISED, 0.0, 240e9),
    PointModel(3, 1, POLARISED, -0.7, 230e9),
)


def plan(correlations: str):
    return quick_plan(channels=6, antennas=5, correlations=correlations)


def change(vis: Path) -> None:
    """Let the channels of spw 1 fall in frequency, and make some rows autocorrelations."""
    with open_table(vis / "SPECTRAL_WINDOW", write=True) as table:
        for column, sign in (("CHAN_FREQ", 1), ("CHAN_WIDTH", -1)):
            table.putcell(column, 1, sign * table.getcell(column, 1)[::-1])
    with open_table(vis, write=True) as table:
        antenna, uvw = table.getcol("ANTENNA2"), table.getcol("UVW")
        antenna[::7], uvw[:, ::7] = table.getcol("ANTENNA1")[::7], 0
        table.putcol("ANTENNA2", antenna)
        table.putcol("UVW", uvw)


def setjy(vis: Path, model: PointModel) -> None:
    runtime.casatasks().setjy(**model.setjy_arguments(str(vis), virtual=False))


def column(vis: Path) -> np.ndarray:
    with open_table(vis) as table:
        return table.getcol("MODEL_DATA").astype(np.complex64)  # the table tool gives complex128, whatever is stored


def history(vis: Path) -> list[str]:
    with open_table(vis / "HISTORY") as table:
        rows = zip(table.getcol("ORIGIN"), table.getcol("MESSAGE"), strict=True)
        return [message for origin, message in rows if origin == "setjy" and not message.startswith("vis ")]


@pytest.mark.parametrize("correlations", ["XX YY", "YY", "XX XY YX YY", "RR RL LR LL"])
@pytest.mark.parametrize("exists", [True, False], ids=["column", "no column"])
def test_they_equal_setjys_to_the_last_bit(copied, tmp_path, monkeypatch, correlations, exists):
    monkeypatch.chdir(tmp_path)
    ours = copied(plan(correlations), tmp_path)
    change(ours)
    if exists:
        models.prepare_model_column(ours)
    setjys = ours.with_name("setjy.ms")
    shutil.copytree(ours, setjys)
    for model in MODELS:
        setjy(setjys, model)
    models.set_point_models(ours, MODELS, virtual=False)
    assert column(ours).tobytes() == column(setjys).tobytes()
    assert history(ours) == history(setjys)


def test_each_is_a_call_of_setjy_in_the_command_log(copied, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ours = copied(plan("XX YY"), tmp_path)
    pasted = ours.with_name("pasted.ms")
    shutil.copytree(ours, pasted)
    with recording_commands() as lines:
        models.set_point_models(ours, MODELS, virtual=False)
    assert [line.partition("(")[0] for line in lines] == ["setjy"] * len(MODELS)
    for line in lines:
        exec(line.replace("observed.ms", "pasted.ms"), {"setjy": runtime.casatasks().setjy})
    assert column(ours).tobytes() == column(pasted).tobytes()


def test_a_name_that_is_no_file_name(copied, tmp_path, monkeypatch):
    """setjy makes a file of the name of the field."""
    monkeypatch.chdir(tmp_path)
    vis = copied(plan("XX YY"), tmp_path)
    with open_table(vis / "FIELD", write=True) as table:
        table.putcell("NAME", 1, "J0309+1029/B (2)")
    models.set_point_models(vis, [PointModel(1, 0, StokesFlux(2.5), -0.5, 224e9)], virtual=False)
    with open_table(vis) as table:
        mine = (table.getcol("FIELD_ID") == 1) & (table.getcol("DATA_DESC_ID") == 0)
    assert np.all(np.abs(column(vis)[..., mine] - 2.5) < 0.02)  # 2.5 Jy within the slope over 0.94 GHz of 224 GHz
    assert np.all(column(vis)[..., ~mine] == 1)


def test_the_arguments_written_to_history_are_those_of_setjy():
    arguments = inspect.signature(runtime.casatasks().setjy.__call__).parameters
    assert list(SETJY_DEFAULTS.items()) == [(name, argument.default) for name, argument in arguments.items()]
