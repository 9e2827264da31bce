"""What starting a runner costs: it is on the path of every job."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import runs

SCRIPT = """
import json, resource, sys, tempfile
from pathlib import Path
from pimjob_runner import attempt
from pimjob_runner.engine.control import Control
from runs import Job

Job(sys.argv[1], Path(tempfile.mkdtemp(dir=sys.argv[2]))).run(control=Control())
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps([used.ru_utime + used.ru_stime, sorted(sys.modules)]))
"""


BARE = "import resource; used = resource.getrusage(resource.RUSAGE_SELF)"
BARE_STARTS = 20
"""As many bare interpreters may start meanwhile: 0.3 s where one takes 15 ms."""


def bare_cost() -> float:
    script = f"{BARE}; print(used.ru_utime + used.ru_stime)"
    return float(subprocess.check_output([sys.executable, "-c", script]))


def cost(database_url: str, folder: Path) -> tuple[float, set[str]]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, database_url, str(folder)],
        env={**os.environ, "PYTHONPATH": str(Path(runs.__file__).parent)},
        stdout=subprocess.PIPE,
        check=True,
    )
    seconds, modules = json.loads(done.stdout)
    return seconds, set(modules)


def test_a_whole_small_job_takes_little_cpu(database_url: str, tmp_path: Path) -> None:
    cost(database_url, tmp_path)  # compiles and migrates

    # In turn, and as a ratio: the machine may be busy with something else.
    pairs = [(cost(database_url, tmp_path)[0], bare_cost()) for _ in range(3)]
    assert min(whole / bare for whole, bare in pairs) < BARE_STARTS, pairs


@pytest.mark.parametrize(
    "module", ["pydantic", "yaml", "tqdm", "kubernetes", "psycopg", "asyncio", "hypothesis"]
)
def test_a_start_imports_nothing_it_does_not_need(
    sqlite_url: str, tmp_path: Path, module: str
) -> None:
    _, modules = cost(sqlite_url, tmp_path)

    assert module not in modules
