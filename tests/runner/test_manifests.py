"""`pimjob-runner types`: the PimJobTypes of the registered job types."""

from pathlib import Path

import msgspec
import numbers_job
import pytest
import yaml

import pimjob_operator
from pimjob_api.pimjobtype import PimJobTypeSpec
from pimjob_runner.main import main
from pimjob_runner.manifests import manifest, parameters_schema
from pimjob_runner.registry import all_job_types
from pimjob_runner.sdk import JobType

BUILT_IN = Path(pimjob_operator.__file__).parent / "builtin_types"


def built_in() -> list[JobType]:
    return [
        found
        for found in all_job_types()
        if not found.name.startswith(("numbers", "meeting", "picture"))
    ]


def test_the_operators_built_in_types_are_those_of_the_runner() -> None:
    """If this fails: make generate."""
    committed = {path.name: yaml.safe_load(path.read_text()) for path in BUILT_IN.glob("*.yaml")}
    made = [manifest(job_type) for job_type in built_in()]

    assert committed == {f"{m['metadata']['name']}.yaml": m for m in made}


def test_each_manifest_is_a_valid_pimjobtype_under_a_kubernetes_name() -> None:
    for job_type in all_job_types():
        made = manifest(job_type)
        PimJobTypeSpec.model_validate(made["spec"])
        assert made["metadata"]["name"] == job_type.name.replace("_", "-")


def test_a_manifest_in_full() -> None:
    assert manifest(numbers_job.UNSTOPPABLE) == {
        "apiVersion": "pimjobs.dev/v1alpha1",
        "kind": "PimJobType",
        "metadata": {"name": "numbers-unstoppable"},
        "spec": {
            "label": "Numbers",
            "kind": "import",
            "steps": [{"name": "write", "label": "Write the numbers"}],
            "stoppable": False,
            "pausable": False,
            "parameters": {
                "type": "object",
                "properties": {
                    "count": {"type": "integer"},
                    "chunk": {"type": "integer", "default": 1_000_000},
                    "refuseEvery": {"type": "integer", "default": 0},
                    "failAt": {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None},
                    "crashAt": {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None},
                    "killAt": {"type": "array", "items": {"type": "integer"}, "default": ()},
                    "killIn": {"enum": ["read", "write"], "default": "write"},
                    "apart": {"type": "boolean", "default": False},
                    "secondsPerChunk": {"type": "number", "default": 0.0},
                    "secondsPerNumber": {"type": "number", "default": 0.0},
                    "totalKnown": {"type": "boolean", "default": True},
                    "reasons": {"type": "integer", "default": 1},
                    "failsEarly": {"type": "boolean", "default": False},
                },
                "required": ["count"],
                "additionalProperties": False,
            },
        },
    }


class Filter(msgspec.Struct, forbid_unknown_fields=True):
    field: str
    value: str


class Nested(msgspec.Struct, forbid_unknown_fields=True):
    filters: list[Filter] = []


class Lenient(msgspec.Struct):
    source: str


def of(parameters: type[msgspec.Struct]) -> JobType:
    return JobType("sample", "Sample", "import", parameters, steps=lambda _parameters: [])


def test_a_schema_holds_everything_it_refers_to() -> None:
    assert parameters_schema(of(Nested)) == {
        "type": "object",
        "properties": {
            "filters": {"type": "array", "items": {"$ref": "#/$defs/Filter"}, "default": []}
        },
        "required": [],
        "additionalProperties": False,
        "$defs": {
            "Filter": {
                "title": "Filter",
                "type": "object",
                "properties": {"field": {"type": "string"}, "value": {"type": "string"}},
                "required": ["field", "value"],
                "additionalProperties": False,
            }
        },
    }


def test_parameters_that_would_let_typing_errors_pass_are_refused() -> None:
    with pytest.raises(TypeError, match="Lenient must be declared with forbid_unknown_fields=True"):
        parameters_schema(of(Lenient))


def test_files_are_written_one_per_type(tmp_path: Path) -> None:
    assert main(["types", "--output", str(tmp_path / "types")]) == 0

    written = {path.stem for path in (tmp_path / "types").iterdir()}
    assert written == {found.name.replace("_", "-") for found in all_job_types()}


def test_without_a_folder_they_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["types"]) == 0

    kinds = {found["kind"] for found in yaml.safe_load_all(capsys.readouterr().out)}
    assert kinds == {"PimJobType"}
