"""A package's surface is its `__all__`: what others import of it, and no more.

Modules as a rule, as `import *` understands it. Inside a package everything may be imported;
tests and benchmarks import what they like.
"""

import ast
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMPONENTS = ("crds", "kube", "operator", "notifier", "job_runner", "kubectl_plugin")
FOR_USERS = ("pimjob_runner.formats.csv_write", "pimjob_runner.sdk", "pimjob_runner.testing")
"""What job types that live elsewhere import; docs/job-types.md says so."""


class Use(NamedTuple):
    """Something of a package is imported from outside of it."""

    package: str
    name: str
    by: str


def _name_of(file: Path) -> str:
    """Return what a module is imported as."""
    parts = file.relative_to(ROOT).parts[1:]
    return ".".join(parts).removesuffix(".py").removesuffix(".__init__")


MODULES = {_name_of(file): file for root in COMPONENTS for file in (ROOT / root).rglob("*.py")}
PACKAGES = sorted(name for name, file in MODULES.items() if file.name == "__init__.py")


def surface(package: str) -> list[str] | None:
    """Return what a package declares; None if it declares nothing."""
    for statement in ast.parse(MODULES[package].read_text(encoding="utf-8")).body:
        match statement:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                return list(ast.literal_eval(value))
    return None


def imports(source: str) -> Iterator[str]:
    """Yield what is imported, wherever in a module: `package.module.name`."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import():
                yield from (alias.name for alias in node.names)
            case ast.ImportFrom():
                assert not node.level, "relative imports hide what is imported"
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
            case ast.Call(args=[ast.JoinedStr(values=[ast.Constant(value=str(start)), _])]):
                # import_module(f"package.{name}") may be any of its modules.
                beginning = [name for name in MODULES if name.rpartition(".")[0] + "." == start]
                yield from beginning if "import_module" in ast.unparse(node.func) else ()


def entered(imported: str, by: str) -> Iterator[Use]:
    """Yield each package that an import enters from outside."""
    parts = imported.split(".")
    for depth in range(1, len(parts)):
        package = ".".join(parts[:depth])
        if package in PACKAGES and not f"{by}.".startswith(f"{package}."):
            yield Use(package, parts[depth], by)


@cache
def uses() -> frozenset[Use]:
    """Return where packages are entered: by components, tools, examples, entry points, users."""
    others = {
        str(file.relative_to(ROOT)): file
        for root in ("dev", "examples")
        for file in (ROOT / root).rglob("*.py")
    }
    readers = MODULES | {by: file for by, file in others.items() if "/tests/" not in by}
    found = {
        use
        for by, file in readers.items()
        for imported in imports(file.read_text(encoding="utf-8"))
        for use in entered(imported, by)
    }
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = [project["scripts"], *project["entry-points"].values()]
    points = [point.replace(":", ".") for group in groups for point in group.values()]
    return frozenset(found.union(*(entered(point, "") for point in (*points, *FOR_USERS))))


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_declares_its_surface(package: str) -> None:
    assert surface(package) is not None, "say in `__all__` which of its modules others may import"


@pytest.mark.parametrize("package", PACKAGES)
def test_nobody_imports_what_a_package_keeps_to_itself(package: str) -> None:
    declared = surface(package) or []
    assert [
        use for use in sorted(uses()) if use.package == package and use.name not in declared
    ] == []


@pytest.mark.parametrize("package", [name for name in PACKAGES if name not in FOR_USERS])
def test_what_a_package_declares_somebody_imports(package: str) -> None:
    used = {use.name for use in uses() if use.package == package}
    assert set(surface(package) or []) - used == set()


def test_a_private_name_stays_in_its_module() -> None:
    found = [
        f"{module} imports {imported}"
        for module, file in MODULES.items()
        for imported in imports(file.read_text(encoding="utf-8"))
        if imported.rpartition(".")[2].startswith("_")
    ]
    assert found == []
