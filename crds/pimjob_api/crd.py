"""Generates the manifests in `crds/` from the models: `python -m pimjob_api.crd [--check]`.

The chart gets copies: Helm reads no file outside of it.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from pimjob_api.admission import documents
from pimjob_api.definitions import KINDS

_ROOT = Path(__file__).resolve().parents[2]
_NOTE = "# Generated from pimjob_api by `make generate`. Change the models instead.\n"


def manifests() -> dict[str, str]:
    """Return the text of each generated file, by its path in the repository."""
    texts = {f"crds/{kind.plural}.yaml": _render([kind.definition()]) for kind in KINDS}
    policies = {f"policies/{name}.yaml": _render(policy) for name, policy in documents().items()}
    return {
        **texts,
        **{f"crds/{name}": text for name, text in policies.items()},
        **{f"charts/pimjobs/files/{name}": text for name, text in (texts | policies).items()},
    }


def stale() -> list[str]:
    """Return the files that differ from what the models say."""
    return [name for name, text in manifests().items() if _read(_ROOT / name) != text]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files, or with --check say which differ and exit with 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail on drift")
    if parser.parse_args(arguments).check:
        return _check()
    for name, text in manifests().items():
        (_ROOT / name).parent.mkdir(exist_ok=True, parents=True)
        (_ROOT / name).write_text(text, encoding="utf-8")
    return 0


def _check() -> int:
    found = stale()
    if found:
        print(f"Out of date: {', '.join(found)}. Run make generate.", file=sys.stderr)  # noqa: T201 - a command's message
    return int(bool(found))


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def _render(documents: list[dict[str, Any]]) -> str:
    parts = (
        yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=100, allow_unicode=True)
        for document in documents
    )
    return _NOTE + "---\n".join(parts)


class _Dumper(yaml.SafeDumper):
    """Without anchors: a value used twice is written twice."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's signature
        return True


if __name__ == "__main__":
    sys.exit(main())
