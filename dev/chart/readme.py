"""Writes charts/pimjobs/README.md from the comments of its values.yaml. `--check` only compares."""

import argparse
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CHART = Path(__file__).resolve().parents[2] / "charts" / "pimjobs"
FILE = CHART / "README.md"

HEAD = """\
<!-- Generated from values.yaml by `make generate`. Change its comments instead. -->
# pimjobs

Runs the long jobs of a PIM on Kubernetes: imports, exports and mass actions that can be stopped, paused for a release and
resumed. This chart installs the operator, its resource kinds and policies, and what a namespace needs in which jobs run.

```console
$ helm upgrade --install pimjobs charts/pimjobs --namespace pim --create-namespace
$ helm test pimjobs --namespace pim
```

Kubernetes 1.32 or newer, Helm 3.17 or newer. How to choose a database, set up several teams and upgrade stands in the
project's `docs/install.md` and `docs/upgrade.md`. Values that the chart does not know are refused.
"""

_KEY = re.compile(r"( *)([\w.-]+):(?: +(.*))?$")
_COMMENT = re.compile(r" *# ?(.*)$")


@dataclass(frozen=True)
class Value:
    """A value of the chart. One without a default has values below it."""

    path: str
    default: str
    what: str


def values(text: str) -> Iterator[Value]:
    """Yield each value, with the comment that stands right above it."""
    above: list[str] = []
    keys: list[str] = []
    for line in text.splitlines():
        if comment := _COMMENT.match(line):
            above.append(comment[1])
            continue
        if key := _KEY.match(line):
            keys = [*keys[: len(key[1]) // 2], key[2]]
            yield Value(".".join(keys), key[3] or "", " ".join(above))
        above = []


def document() -> str:
    """Return the text of the document."""
    found = list(values((CHART / "values.yaml").read_text(encoding="utf-8")))
    return HEAD + "".join(_lines(found))


def _lines(found: list[Value]) -> Iterator[str]:
    yield from _heading("Values", "")
    alone = [value for value in found if "." not in value.path and value.default]
    yield from map(_row, alone)
    for value in found:
        if "." not in value.path and not value.default:
            yield from _heading(f"`{value.path}`", value.what)
        elif value not in alone and (value.default or value.what):
            yield _row(value)


def _row(value: Value) -> str:
    default = f"`{value.default}`" if value.default else ""
    return f"| `{value.path}` | {_cell(default)} | {_cell(value.what)} |\n"


def _heading(title: str, text: str) -> Iterator[str]:
    yield f"\n## {title}\n\n"
    if text:
        yield f"{text}\n\n"
    yield "| value | default | |\n|---|---|---|\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> int:
    """Write the document, or compare it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail if the file differs")
    if not parser.parse_args().check:
        FILE.write_text(document(), encoding="utf-8")
        return 0
    same = FILE.is_file() and FILE.read_text(encoding="utf-8") == document()
    print("" if same else f"{FILE} is not what values.yaml says. Run: make generate", end="")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
