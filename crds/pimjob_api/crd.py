"""Generates `crds/*.yaml` from the models: `python -m pimjob_api.crd [--check]`."""

import argparse
import sys
from pathlib import Path
from typing import Any

import yaml

from pimjob_api.model import Model
from pimjob_api.names import (
    GROUP,
    KIND_PIMJOB,
    KIND_PIMJOBTYPE,
    PIMJOB_NAME_LENGTH,
    PLURAL_PIMJOB,
    PLURAL_PIMJOBTYPE,
    VERSION,
)
from pimjob_api.pimjob import PimJobSpec, PimJobStatus
from pimjob_api.pimjobtype import PimJobTypeSpec, PimJobTypeStatus
from pimjob_api.schema import structural

FOLDER = Path(__file__).resolve().parent.parent

_PIMJOB_COLUMNS = (
    ("Label", "string", ".spec.label", 0),
    ("Type", "string", ".spec.type", 0),
    ("Phase", "string", ".status.phase", 0),
    ("Step", "string", ".status.step", 0),
    ("Progress", "string", ".status.progress", 0),
    ("User", "string", ".spec.user", 0),
    ("Age", "date", ".metadata.creationTimestamp", 0),
    ("Warnings", "integer", ".status.warnings", 1),
    ("Attempt", "integer", ".status.attemptCount", 1),
    ("ETA", "integer", ".status.etaSeconds", 1),
    ("Reason", "string", ".status.reason", 1),
)
_TYPE_COLUMNS = (
    ("Label", "string", ".spec.label", 0),
    ("Kind", "string", ".spec.kind", 0),
    ("Stoppable", "boolean", ".spec.stoppable", 0),
    ("Pausable", "boolean", ".spec.pausable", 0),
    ("Age", "date", ".metadata.creationTimestamp", 0),
)
_SELECTABLE = (".spec.type", ".spec.user", ".spec.profile", ".status.phase")

# The name becomes that of Jobs and Pods, with an attempt's number at its end.
_NAME_RULES = [
    {
        "rule": f"size(self.metadata.name) <= {PIMJOB_NAME_LENGTH}",
        "message": f"metadata.name may have at most {PIMJOB_NAME_LENGTH} characters",
    },
    {
        "rule": "!self.metadata.name.contains('.')",
        "message": "metadata.name may not contain a dot: Jobs and Pods are named after it",
    },
]


def definitions() -> dict[str, dict[str, Any]]:
    """Return each CustomResourceDefinition by its file name."""
    return {
        "pimjobs.yaml": _definition(
            KIND_PIMJOB,
            PLURAL_PIMJOB,
            "pj",
            "Namespaced",
            _schema(PimJobSpec, PimJobStatus, "One execution of a job type.", _NAME_RULES),
            _PIMJOB_COLUMNS,
            _SELECTABLE,
        ),
        "pimjobtypes.yaml": _definition(
            KIND_PIMJOBTYPE,
            PLURAL_PIMJOBTYPE,
            "pjt",
            "Cluster",
            _schema(PimJobTypeSpec, PimJobTypeStatus, "Something that can be run.", []),
            _TYPE_COLUMNS,
            (),
        ),
    }


def _schema(
    spec: type[Model], status: type[Model], description: str, root_rules: list[dict[str, str]]
) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "type": "object",
        "description": description,
        "required": ["spec"],
        "properties": {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": {"type": "object"},
            "spec": structural(spec),
            "status": structural(status),
        },
    }
    if root_rules:
        schema["x-kubernetes-validations"] = root_rules
    return schema


def _definition(  # noqa: PLR0917 - the parts of a CRD, in its own order
    kind: str,
    plural: str,
    short: str,
    scope: str,
    schema: dict[str, Any],
    columns: tuple[tuple[str, str, str, int], ...],
    selectable: tuple[str, ...],
) -> dict[str, Any]:
    version: dict[str, Any] = {
        "name": VERSION,
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
        "subresources": {"status": {}},
        "additionalPrinterColumns": [
            {"name": name, "type": type_, "jsonPath": path, "priority": priority}
            for name, type_, path, priority in columns
        ],
    }
    if selectable:
        version["selectableFields"] = [{"jsonPath": path} for path in selectable]
    names = {"kind": kind, "listKind": f"{kind}List", "plural": plural, "singular": kind.lower()}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "scope": scope,
            "names": {**names, "shortNames": [short], "categories": ["pim"]},
            "versions": [version],
        },
    }


def render(definition: dict[str, Any]) -> str:
    """Return a definition as YAML, with a note where it comes from."""
    text = yaml.dump(definition, Dumper=_Dumper, sort_keys=False, width=100, allow_unicode=True)
    return f"# Generated from pimjob_api by `make generate`. Change the models instead.\n{text}"


class _Dumper(yaml.SafeDumper):
    """Without anchors: a value used twice is written twice."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's signature
        return True


def main(arguments: list[str] | None = None) -> int:
    """Write the files, or with --check say which differ and exit with 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail on drift")
    check = parser.parse_args(arguments).check
    stale = []
    for name, definition in definitions().items():
        path, text = FOLDER / name, render(definition)
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if not check:
            path.write_text(text, encoding="utf-8")
    if check and stale:
        print(f"Out of date: {', '.join(stale)}. Run make generate.", file=sys.stderr)  # noqa: T201 - its message
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
