"""What `make audit` and `make sbom` make of what they find. Needs no network."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "dev" / "supply_chain"))

from audit import findings_of  # noqa: E402 - after the path is set
from bill import bill_of, debian_components, difference, interpreter, release_of  # noqa: E402

CLEAN = {"name": "kopf", "version": "1.45.2", "vulns": []}
SKIPPED = {"name": "attrs", "skip_reason": "Dependency not found on PyPI"}
KNOWN = {
    "name": "aiohttp",
    "version": "3.13.0",
    "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["3.13.1"]}],
}


@pytest.mark.parametrize(
    ("dependencies", "exit_code"),
    [([CLEAN], 0), ([CLEAN, KNOWN], 1), ([CLEAN, SKIPPED], 2), ([KNOWN, SKIPPED], 1)],
)
def test_what_was_not_looked_up_is_no_good_news(
    dependencies: list[dict[str, Any]], exit_code: int
) -> None:
    assert findings_of({"dependencies": dependencies}).exit_code == exit_code


def test_a_vulnerability_is_named_with_what_mends_it() -> None:
    found = findings_of({"dependencies": [KNOWN]})
    assert found.vulnerable == ["aiohttp 3.13.0: PYSEC-2026-1, mended in 3.13.1"]


DPKG = """\
Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.36-9+deb12u13
Description: GNU C Library
 Version: of a continued line

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1

Package: zlib1g
Status: install ok installed
Architecture: amd64
Version: 1:1.2.13.dfsg-1
"""
PYVENV = "home = /usr/bin\nversion = 3.11.2\n"
LOCKED = {
    "specVersion": "1.6",
    "components": [
        {"bom-ref": "L1", "name": "typing-extensions", "version": "4.16.0", "description": "a line"}
    ],
    "dependencies": [{"ref": "L1"}],
}


def test_what_debian_has_installed_is_listed() -> None:
    assert [one["purl"] for one in debian_components(DPKG, "debian-12")] == [
        "pkg:deb/debian/libc6@2.36-9%2Bdeb12u13?arch=amd64&distro=debian-12",
        "pkg:deb/debian/zlib1g@1%3A1.2.13.dfsg-1?arch=amd64&distro=debian-12",
    ]


def test_a_bill_is_of_an_image_and_all_that_it_holds() -> None:
    bill = bill_of(LOCKED, "pimjobs/runner", "runner:1", [interpreter(PYVENV)])
    assert bill["metadata"]["component"]["version"] == "runner:1"
    assert [one["name"] for one in bill["components"]] == ["typing-extensions", "python"]
    assert bill["dependencies"] == [
        {"ref": "image", "dependsOn": ["L1", "pkg:generic/python@3.11.2"]}
    ]
    assert "a line" not in json.dumps(bill)


@pytest.mark.parametrize(
    ("installed", "differing"),
    [
        (["typing_extensions-4.16.0", "pimjobs-0.1.0"], set()),
        (["pimjobs-0.1.0"], {"typing-extensions==4.16.0"}),
        (["typing_extensions-4.16.0", "extra-1.0"], {"extra==1.0"}),
        (
            ["typing_extensions-4.15.0"],
            {"typing-extensions==4.15.0", "typing-extensions==4.16.0"},
        ),
    ],
)
def test_an_image_that_differs_from_its_lock_is_noticed(
    installed: list[str], differing: set[str]
) -> None:
    assert difference(LOCKED, installed) == differing


def test_the_release_is_read() -> None:
    assert release_of('NAME="Debian GNU/Linux"\nID=debian\nVERSION_ID="12"\n') == "debian-12"
