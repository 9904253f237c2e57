"""Who may import whom: the rules that keep the package a core with doors."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import pipeline_gfluxscale

PACKAGE = "pipeline_gfluxscale"
ROOT = Path(pipeline_gfluxscale.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))

PURE = ("domain", "heuristics", "averaging", "solving")
DYNAMIC_IMPORTS = ("import_module", "__import__")


def dotted(path: Path) -> str:
    """pipeline_gfluxscale/domain/qa.py -> pipeline_gfluxscale.domain.qa"""
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path, source: str | None = None) -> Iterator[str]:
    """The absolute names of all that a module imports, wherever in it, and also by importlib."""
    package = dotted(path) if path.name == "__init__.py" else dotted(path).rpartition(".")[0]
    for node in ast.walk(ast.parse(source or path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)
    yield from imports_by_string(path, source)


def imports_by_string(path: Path, source: str | None = None) -> Iterator[str]:
    """The names that a module imports by importlib."""
    for node in ast.walk(ast.parse(source or path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and _name(node.func) in DYNAMIC_IMPORTS:
            yield from (arg.value for arg in node.args if isinstance(arg, ast.Constant))


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def folder(path: Path) -> str:
    """The folder of the package that a module is in; empty for the top."""
    parts = path.relative_to(ROOT).parts
    return parts[0] if len(parts) > 1 else ""


def is_within(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)


def test_there_are_modules_to_look_at():
    assert {"domain", "heuristics", "casa"} <= {folder(path) for path in MODULES}


def test_the_scan_sees_every_kind_of_import():
    source = (
        "import casatools.table\n"
        "from ..casa import tasks\n"
        "from .. import cli\n"
        "from . import resolved\n"
        "def f():\n"
        "    from casatasks import gaincal\n"
        "    importlib.import_module('casatools')\n"
        "    __import__('casatasks')\n"
    )
    assert set(imports(ROOT / "heuristics" / "resolved.py", source)) == {
        "casatools.table",
        f"{PACKAGE}.casa.tasks",
        f"{PACKAGE}.cli",
        f"{PACKAGE}.heuristics.resolved",
        "casatasks.gaincal",
        "casatools",
        "casatasks",
    }


@pytest.mark.parametrize("path", [p for p in MODULES if folder(p) in PURE], ids=dotted)
def test_domain_and_heuristics_are_pure(path):
    """They import numbers, each other and the errors, and no other library."""
    own = [f"{PACKAGE}.{name}" for name in ("errors", "domain", folder(path))]
    foreign = [
        name
        for name in imports(path)
        if not is_within(name, "numpy", "scipy", "erfa", *own) and name.partition(".")[0] not in sys.stdlib_module_names
    ]
    assert foreign == []


def test_only_casa_imports_casa_by_a_string():
    """The import-linter's contracts in pyproject.toml hold the layers; they cannot see the names in strings."""
    for path in MODULES:
        if folder(path) != "casa":
            assert [name for name in imports(path) if is_within(name, "casatools", "casatasks")] == [], path


def test_no_string_names_a_module_of_the_package():
    """Such an import would hide from the import-linter; only a folder's own modules are imported so."""
    for path in MODULES:
        names = [name for name in imports_by_string(path) if is_within(name, PACKAGE)]
        assert names == [], path


def test_importing_the_package_and_its_heuristics_does_not_start_casa():
    heuristics = [dotted(path) for path in MODULES if folder(path) in PURE]
    code = (
        f"import sys, {', '.join([PACKAGE, *heuristics])}\n"
        "print(sorted(name for name in sys.modules if name.startswith('casat')))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT.parent)
    assert result.stdout.strip() == "[]"


def test_the_version_is_the_same_everywhere():
    citation = (ROOT.parent / "CITATION.cff").read_text()
    assert f"\nversion: {pipeline_gfluxscale.__version__}\n" in citation
    assert 'dynamic = ["version"]' in (ROOT.parent / "pyproject.toml").read_text()
