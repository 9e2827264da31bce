"""`kubectl pimjob wait` while it waits."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from support.plugin import PROGRAM, Jobs, Plugin


@contextmanager
def waiting(
    jobs: Jobs, plugin: Plugin, *through: str, **process: Any
) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
    """Wait for jobs a and b; yield process and output once a is told, while b runs."""
    jobs.put("a", {"phase": "Completed"})
    jobs.put("b", {"phase": "Running"})
    with subprocess.Popen(
        [*through, PROGRAM, "wait", "a", "b", f"--namespace={plugin.namespace}"],
        stdout=subprocess.PIPE, text=True, env=plugin.environment,
        **{"stderr": subprocess.DEVNULL, **process},
    ) as running:  # fmt: skip
        assert running.stdout is not None
        assert running.stdout.readline().startswith("pimjob.pimjobs.dev/a Completed")
        yield running, running.stdout
