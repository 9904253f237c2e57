"""Help is instant: it starts neither CASA nor anything else that is heavy."""

import subprocess
import sys

import pytest

_HEAVY = ("casatools", "casatasks", "casaconfig", "astropy", "matplotlib", "scipy")


def gfluxscale(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = (
        "import sys; from pipeline_gfluxscale.cli.main import cli\n"
        f"try: cli({list(arguments)!r}, prog_name='gfluxscale')\n"
        f"finally: print([name for name in {_HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    environment = {"PYTHONPATH": ":".join(filter(None, sys.path)), "COLUMNS": "100", "PATH": "/usr/bin:/bin"}
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=False)


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["run", "--help"], ["simulate", "--help"], ["--version"]])
def test_help_imports_nothing_heavy(arguments):
    done = gfluxscale(*arguments)
    assert done.returncode == 0
    assert done.stdout
    assert done.stderr == "[]\n"


def test_help_names_the_commands():
    text = gfluxscale("--help").stdout
    for command in ("run", "demo", "simulate", "weblog"):
        assert f"\n  {command} " in text


def test_every_parameter_is_an_option():
    from pipeline_gfluxscale.pipeline.parameters import parameters_of
    from pipeline_gfluxscale.stages.gfluxscale.inputs import GFluxscaleInputs

    text = gfluxscale("run", "--help").stdout
    for name in (*parameters_of(GFluxscaleInputs), "parallel", "calstate", "output_dir", "json", "table", "flux_csv"):
        assert f"--{name.replace('_', '-')} " in text


def test_unknown_command():
    done = gfluxscale("fluxscale")
    assert done.returncode == 2
    assert "No such command 'fluxscale'" in done.stderr


def test_the_options_have_the_declared_types():
    import click
    from click.testing import CliRunner

    from pipeline_gfluxscale.cli.parameter_options import with_parameters
    from pipeline_gfluxscale.pipeline.parameters import Parameter

    declared = {
        name: Parameter(default, kind, f"The {name}.", lambda _, value: value)
        for name, default, kind in [
            ("count", 1, "int"), ("least_snr", None, "float"), ("is_on", True, "bool"), ("is_off", False, "bool"),
        ]
    }  # fmt: skip

    @click.command()
    @with_parameters(declared)
    def command(**given: object) -> None:
        click.echo(given)

    def given(*arguments: str) -> str:
        return CliRunner().invoke(command, arguments).output.strip()

    assert given() == "{'count': None, 'least_snr': None, 'is_on': None, 'is_off': None}"
    typed = given("--count", "2", "--least-snr", "3", "--no-is-on", "--is-off")
    assert typed == "{'count': 2, 'least_snr': 3.0, 'is_on': False, 'is_off': True}"
    assert "is not a valid integer" in given("--count", "2.5")
