"""Pages of the documentation that are made of the package: parameters, help of the shell, lists of modules."""

from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

import click
from click.testing import CliRunner

from pipeline_gfluxscale import heuristics
from pipeline_gfluxscale.cli.main import cli
from pipeline_gfluxscale.pipeline.parameters import markdown_table
from pipeline_gfluxscale.stages import STAGES


def write_pages(directory: Path) -> None:
    """Write the pages into a directory; a page that has not changed stays as it is, so that Sphinx skips it."""
    directory.mkdir(exist_ok=True)
    pages = {"parameters.md": parameters(), "commands.md": commands(), "heuristics.md": modules(heuristics)}
    for name, text in pages.items():
        page = directory / name
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")


def parameters() -> str:
    """Return a table of parameters for each stage."""
    declared = {stage.command: getattr(stage.run, "declared", {}) for stage in STAGES.values()}
    return "\n".join(f"## {command}\n\n{markdown_table(each)}\n" for command, each in declared.items() if each)


def commands() -> str:
    """Return the help text of each shell command."""
    names = cli.list_commands(click.Context(cli))
    return "\n".join(f"## gfluxscale {name}\n\n```text\n{_help(name)}```\n" for name in names)


def modules(package: ModuleType) -> str:
    """Return the documentation of each module of a package."""
    documented = "## {name}\n\n```{{eval-rst}}\n.. automodule:: {package}.{name}\n   :members:\n```\n"
    names = sorted(module.name for module in iter_modules(package.__path__))
    return "\n".join(documented.format(name=name, package=package.__name__) for name in names)


def _help(name: str) -> str:
    result = CliRunner().invoke(cli, [name, "--help"], prog_name="gfluxscale", catch_exceptions=False)
    return result.output
