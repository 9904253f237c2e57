"""Pages of the documentation that are made of the package: parameters, help of the shell, keys of JSON, modules."""

from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

import click
from click.testing import CliRunner

from pipeline_gfluxscale import heuristics
from pipeline_gfluxscale.cli.main import cli
from pipeline_gfluxscale.cli.schema import FILES, schema_of_file
from pipeline_gfluxscale.pipeline.parameters import markdown_table
from pipeline_gfluxscale.stages import STAGES


def write_pages(directory: Path) -> None:
    """Write the pages into a directory; a page that has not changed stays as it is, so that Sphinx skips it."""
    directory.mkdir(exist_ok=True)
    pages = {
        "parameters.md": parameters(),
        "commands.md": commands(),
        "json.md": json_keys(),
        "heuristics.md": modules(heuristics),
    }
    for name, text in pages.items():
        page = directory / name
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")


def parameters() -> str:
    """Return a table of parameters for each stage."""
    return "\n".join(f"## {name}\n\n{markdown_table(each.declared)}\n" for name, each in STAGES.items())


def commands() -> str:
    """Return the help text of each shell command."""
    names = cli.list_commands(click.Context(cli))
    return "\n".join(f"## gfluxscale {name}\n\n```text\n{_help(name)}```\n" for name in names)


def json_keys() -> str:
    """Return a table of keys for each object in the JSON files, from the schemas."""
    schemas = [schema_of_file(file) for file in FILES]
    described = [each for schema in schemas for each in (schema, *schema["$defs"].values())]
    objects = {each["title"]: each for each in described if "title" in each}
    return "\n".join(map(_keys_of, objects.values()))


def _keys_of(schema: dict[str, Any]) -> str:
    rows = [
        f"| `{name}` | {_type_of(each)} | {each.get('description', '').replace('|', '&#124;')} |"
        for name, each in schema["properties"].items()
    ]
    table = "\n".join(["| key | type | what it is |", "| --- | --- | --- |", *rows])
    return f"## {schema['title']}\n\n{schema['description']}\n\n{table}\n"


def _type_of(schema: dict[str, Any]) -> str:
    """Return the type of a schema in words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return name if name == "number" else f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(_type_of(each) for each in schema["anyOf"])
    if "prefixItems" in schema:
        return f"[{', '.join(_type_of(each) for each in schema['prefixItems'])}]"
    if schema["type"] == "array":
        return f"list of {_type_of(schema['items'])}"
    if schema["type"] == "object":
        return f"object of {_type_of(schema['additionalProperties'])}"
    return "whole number" if schema["type"] == "integer" else str(schema["type"])


def modules(package: ModuleType) -> str:
    """Return the documentation of each module of a package."""
    documented = "## {name}\n\n```{{eval-rst}}\n.. automodule:: {package}.{name}\n   :members:\n```\n"
    names = sorted(module.name for module in iter_modules(package.__path__))
    return "\n".join(documented.format(name=name, package=package.__name__) for name in names)


def _help(name: str) -> str:
    result = CliRunner().invoke(cli, [name, "--help"], prog_name="gfluxscale", catch_exceptions=False)
    return result.output
