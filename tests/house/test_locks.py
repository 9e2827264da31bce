"""The locked versions in requirements/ are those of pyproject.toml. Needs no network."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
EXTRAS = ("operator", "notifier", "runner", "dev", "supply-chain", "pictures")
_PIN = re.compile(r"^([\w.-]+)(?:\[[\w,-]+\])?==([^\s;]+)", re.MULTILINE)


def locked(name: str) -> dict[str, str]:
    """Return the version of each package in a lock."""
    pins = _PIN.findall((ROOT / "requirements" / f"{name}.txt").read_text())
    return {canonicalize_name(package): version for package, version in pins}


def wanted(extra: str) -> Iterator[Requirement]:
    """What an extra asks for, through the extras that it names."""
    for text in PROJECT["project"]["optional-dependencies"][extra]:
        requirement = Requirement(text)
        if requirement.name != PROJECT["project"]["name"]:
            yield requirement
        for inner in requirement.extras if requirement.name == PROJECT["project"]["name"] else ():
            yield from wanted(inner)


@pytest.mark.parametrize("extra", EXTRAS)
def test_a_lock_holds_what_the_project_asks_for(extra: str) -> None:
    versions = locked(extra)
    for requirement in wanted(extra):
        version = versions[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), f"{requirement} is locked at {version}"


def test_the_lock_of_the_build_holds_the_builder() -> None:
    [builder] = map(Requirement, PROJECT["build-system"]["requires"])
    assert builder.specifier.contains(locked("build")[builder.name])


@pytest.mark.parametrize("name", [*EXTRAS, "build"])
def test_every_locked_file_is_known_by_its_hash(name: str) -> None:
    lines = (ROOT / "requirements" / f"{name}.txt").read_text().splitlines()
    pins = [number for number, line in enumerate(lines) if _PIN.match(line)]
    assert pins
    assert all("--hash=sha256:" in lines[number + 1] for number in pins)


@pytest.mark.parametrize("extra", ["operator", "notifier", "runner"])
def test_what_is_tested_is_what_is_shipped(extra: str) -> None:
    tested = locked("dev")
    assert {name: tested.get(name) for name in locked(extra)} == locked(extra)


def test_the_notifier_does_not_carry_the_others_dependencies() -> None:
    assert not locked("notifier").keys() & {"kopf", "pydantic", "psycopg", "msgspec", "kubernetes"}


def test_the_runner_does_not_carry_the_operators_dependencies() -> None:
    assert not locked("runner").keys() & {"kopf", "pydantic", "aiohttp", "kubernetes", "apprise"}
