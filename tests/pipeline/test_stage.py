"""The functions of the stages: signature, documentation and declarations are the same for all."""

import inspect
import pickle
import pydoc
from dataclasses import dataclass

import pytest
from numpydoc.docscrape import NumpyDocString

import pipeline_gfluxscale
from pipeline_gfluxscale.pipeline.basetask import Results, ResultsList, StandardTask
from pipeline_gfluxscale.pipeline.checks import POSITIVE, flag
from pipeline_gfluxscale.pipeline.parameters import parameter
from pipeline_gfluxscale.pipeline.stage import function_of
from pipeline_gfluxscale.pipeline.stage_inputs import StageInputs
from pipeline_gfluxscale.stages import STAGES


@pytest.mark.parametrize("command", STAGES)
def test_each_parameter_is_declared_and_in_signature_and_documentation(command):
    function, declared = getattr(pipeline_gfluxscale, command), STAGES[command].declared
    documented = NumpyDocString(function.__doc__)
    assert [each.name for each in documented["Parameters"]][: len(declared) + 1] == ["vis", *declared]
    assert set(STAGES[command].parameters) == {"vis", *declared}
    assert {"vis", *declared} <= set(inspect.signature(function).parameters)
    assert documented["Returns"][0].type.startswith("ResultsList of ")
    assert documented["Raises"]
    assert f">>> {command}(" in documented["Examples"][0]


@pytest.mark.parametrize("command", STAGES)
def test_a_function_has_help_and_can_be_pickled(command):
    function = getattr(pipeline_gfluxscale, command)
    shown = "".join(pydoc.plain(pydoc.render_doc(function)).split())  # Python 3.13 breaks long signatures into lines
    assert f"{command}(vis:" in shown
    assert pickle.loads(pickle.dumps(function)) is function


@dataclass(frozen=True)
class SmoothInputs(StageInputs):
    """Inputs."""

    width: float = parameter(2.5, "float", "Width (s).", POSITIVE)
    dry: bool = parameter(False, "bool", "Write nothing.", flag, keyword_only=True)


class Smooth(StandardTask[SmoothInputs, Results]):
    """Smooth the data.

    Slowly.

    Raises
    ------
    InputError
        A parameter cannot be used.
    """

    inputs_type = SmoothInputs
    results_type = Results

    def prepare(self):
        """Do nothing."""
        return Results(self.inputs.ms.name)


def test_a_function_is_made_of_a_task():
    function = function_of(Smooth)
    assert list(inspect.signature(function).parameters) == ["context", "vis", "width", "parallel", "dry"]
    assert inspect.signature(function).return_annotation == ResultsList[Results]
    assert list(function.declared) == ["width", "dry", "parallel"]
    documented = NumpyDocString(function.__doc__)
    assert documented["Summary"] == ["Smooth the data."]
    assert [(each.name, each.type) for each in documented["Parameters"]][1:3] == [
        ("width", "float, optional"),
        ("dry", "bool, optional"),
    ]
    assert documented["Returns"][0].type == "ResultsList of Results"
    assert documented["Raises"][0].type == "InputError"
