"""What the documents say to do: commands to copy, values to set, manifests to apply."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
_BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")
_YAML = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)
_HEREDOC = re.compile(r"<<'?YAML'?.*?\n(.*?)^YAML$", re.MULTILINE | re.DOTALL)


def pages() -> list[Path]:
    """Return the pages for those who run an installation: not why it is as it is."""
    return [file for file in sorted(DOCS.rglob("*.md")) if file.parent.name != "decisions"]


def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def commands(page: Path, program: str) -> Iterator[str]:
    """Return what follows the name of a program wherever it is to be run, a command each."""
    blocks = "\n".join(_BLOCK.findall(text(page))).replace("\\\n", " ")
    lines = [line for line in blocks.splitlines() if line.startswith("$ ")]
    for line in [*lines, *("$ " + code for code in _INLINE.findall(text(page)))]:
        yield from re.findall(rf"(?:^\$ |\| |\$\(){program} ([^|]*)", line)


def inline(page: Path) -> list[str]:
    """Return what is set as code within a text."""
    return _INLINE.findall(text(page))


def yaml_blocks(page: Path) -> Iterator[Any]:
    """Return what is shown as YAML, parsed."""
    for block in _YAML.findall(text(page)):
        yield from yaml.safe_load_all(block)


def manifests() -> Iterator[tuple[str, Any]]:
    """Return each object that a command of a page applies, with the page's name; examples, too."""
    for page in pages():
        for block in _HEREDOC.findall(text(page)):
            yield from ((page.stem, one) for one in yaml.safe_load_all(block))
    for file in sorted((DOCS / "examples" / "backup").glob("*.yaml")):
        yield from ((file.stem, one) for one in yaml.safe_load_all(text(file)))
