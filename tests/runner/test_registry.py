"""Job types are found by name, without importing what has nothing to do with them."""

import json
import os
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import numbers_job
import pytest

from pimjob_runner.registry import ENTRY_POINT_GROUP, all_job_types, job_type, types_of
from pimjob_runner.sdk import JobFailedError


def point(name: str, value: str) -> EntryPoint:
    return EntryPoint(name, f"numbers_job:{value}", ENTRY_POINT_GROUP)


@pytest.mark.parametrize("name", ["numbers", "numbers_other_plan", "numbers_unstoppable"])
def test_a_type_is_found_by_its_own_entry_point_and_by_one_of_several(name: str) -> None:
    assert job_type(name).name == name


def test_all_types_are_there_once_by_name() -> None:
    names = [found.name for found in all_job_types()]
    assert names == sorted(set(names))
    assert {"csv_product_import", "numbers", "numbers_unstoppable"}.issubset(names)


def test_nothing_is_imported_for_a_type_that_has_nothing_to_do_with_it() -> None:
    script = (
        "import json, sys; from pimjob_runner.registry import job_type;"
        " job_type('numbers_unstoppable'); print(json.dumps(sorted(sys.modules)))"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(numbers_job.__file__).parent)}
    modules = json.loads(subprocess.check_output([sys.executable, "-c", script], env=environment))

    assert "numbers_job" in modules
    assert "pimjob_runner.catalogue.schema" not in modules


def test_an_unknown_type_names_those_that_are_there() -> None:
    with pytest.raises(JobFailedError, match=r"no job type 'numbers_of'; it has: .*numbers_\*"):
        job_type("numbers_of")


@pytest.mark.parametrize(
    ("name", "value"),
    [("numbers_*", "JOB_TYPE"), ("numbers", "UNSTOPPABLE"), ("numbers", "HEADER")],
)
def test_an_entry_point_whose_types_nobody_would_find_is_refused(name: str, value: str) -> None:
    with pytest.raises(TypeError, match="whose names match"):
        list(types_of(point(name, value)))
