"""The demo from beginning to end: catalogue, jobs, table, verdict, what to try next."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from make_catalogue import up_to_date, write
from sample_catalogue.catalogue import make_catalogue

from demo_run.backend import Backend, DemoError
from demo_run.checks import Catalogue, Outcome, verdict
from demo_run.conduct import Execution, conduct
from demo_run.database import snapshot
from demo_run.display import Display
from demo_run.jobs import JOBS
from demo_run.table import table


def run_demo(backend: Backend, folder: Path, products: int, seed: int) -> int:
    """Run everything; return 0 if all is as expected, else 1."""
    _make(folder, products, seed)
    backend.prepare(folder)
    before = snapshot(backend.database())
    executions = conduct(backend, JOBS, Display().show)
    print(f"\n{table(executions)}\n")
    database = backend.database()
    if database is None:
        _explain(backend, executions, {e.job.file: [] for e in executions})
        raise DemoError("The jobs have left no database to look into.")
    wrong, foreign = verdict(
        executions,
        Outcome(
            catalogue=Catalogue(folder),
            before=before,
            after=snapshot(database),
            database=database,
            artifact=backend.artifact,
        ),
    )
    if wrong:
        _explain(backend, executions, wrong)
        return 1
    _praise(backend, products, foreign)
    return 0


def _make(folder: Path, products: int, seed: int) -> None:
    if up_to_date(folder, products, seed):
        print(f"The sample catalogue is in {folder}.")
        return
    print(f"Making a sample catalogue of {products:,} products in {folder} ...", flush=True)
    write(make_catalogue(products, seed), folder)


def _explain(
    backend: Backend, executions: Sequence[Execution], wrong: Mapping[str, Sequence[str]]
) -> None:
    """Print all there is about the jobs that went wrong, and at the end what it is."""
    for execution in executions:
        if execution.name is not None and execution.job.file in wrong:
            print(backend.explain(execution.name))
    print("Not as expected:")
    for file, lines in wrong.items():
        for line in lines:
            print(f"  {file}: {line}")


def _praise(backend: Backend, products: int, foreign: int) -> None:
    print(f"As expected: the catalogue holds exactly the {products:,} products of the sample.")
    if foreign:
        print(f"  ({foreign:,} others were there before; nobody has touched them.)")
    print("\nTry next:")
    for about, command in backend.next_commands():
        print(f"  # {about}\n  {command}")
