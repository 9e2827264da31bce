"""A type of job: its name, its parameters and its steps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pimjob_runner.sdk.steps import ItemStep, Tasklet
from pimjob_runner.stores.database import Database


def _nothing_to_prepare(_database: Database) -> None:
    """Prepare nothing: the type has no tables of its own."""


@dataclass(frozen=True, slots=True)
class JobType:
    """A type of job, as registered under the entry point group `pimjob_runner.job_types`.

    `parameters` is a msgspec Struct class: it decodes and checks `spec.parameters`
    and yields the JSON Schema of the generated PimJobType. `steps` makes the plan
    for given parameters; its names and order must not depend on anything else.
    """

    name: str
    label: str
    kind: str
    parameters: type[Any]
    steps: Callable[[Any], Sequence[ItemStep | Tasklet]]
    stoppable: bool = True
    pausable: bool = True
    version: int = 1
    prepare: Callable[[Database], None] = _nothing_to_prepare
    """Called once when a runner starts: creates or migrates the type's own tables."""
