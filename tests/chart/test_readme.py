"""README.md of the chart tells each value, its default and what for."""

import re
import subprocess
import sys
from typing import Any

import yaml

from support.helm import CHART, ROOT

README = CHART / "README.md"
VALUES: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
ROW = re.compile(r"^\| `([\w.-]+)` \| `(.+)` \| (.*) \|$", re.MULTILINE)


def test_it_is_what_the_script_writes() -> None:
    script = ROOT / "dev" / "chart" / "readme.py"
    done = subprocess.run(
        [sys.executable, script, "--check"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def at(path: str) -> Any:
    found: Any = VALUES
    for part in path.split("."):
        found = found[part]
    return found


def leaves(values: Any, path: str = "") -> set[str]:
    """Where the values are that are no sections; one that is written in a line is one value."""
    told = {row[0] for row in ROW.findall(README.read_text(encoding="utf-8"))}
    if path in told or not isinstance(values, dict):
        return {path}
    below = (leaves(value, f"{path}.{key}".lstrip(".")) for key, value in values.items())
    return set().union(*below)


def test_every_value_is_told_with_its_default() -> None:
    rows = ROW.findall(README.read_text(encoding="utf-8").replace("\\|", "|"))
    told = {path: yaml.safe_load(default) for path, default, _ in rows}
    assert told.keys() == leaves(VALUES)
    assert told == {path: at(path) for path in told}


def test_what_a_comment_says_of_a_value_is_told_beside_it() -> None:
    what = {path: text for path, _, text in ROW.findall(README.read_text(encoding="utf-8"))}
    assert what["operator.sweepSeconds"] == (
        "Seconds between full lists, which find what a watch has missed."
    )
    assert what["crds.keep"].startswith("Keep them, and with them every PimJob,")
    assert what["operator.priorityClassName"] == ""
