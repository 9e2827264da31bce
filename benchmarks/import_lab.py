"""Running imports to measure them: jobs in processes of their own, the plain import, PostgreSQL."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from import_files import ATTRIBUTES, COLUMNS, OPTIONS, product_rows, write_file, write_structure

RUNNER = [sys.executable, "-m", "pimjob_runner.main"]
POSTGRES = Path("/usr/lib/postgresql/15/bin")
PRODUCTS = "csv_product_import"
MODELS = "csv_product_model_import"
FAMILY_VARIANTS = "csv_family_variant_import"


@dataclass(frozen=True)
class Run:
    """What one job took. CPU and memory are those of the runner's processes together."""

    rows_per_second: float
    cpu_us: float
    peak_mib: float
    seconds: float


def job_command(
    data: Path, database: str, job_type: str, file: str, runner: Sequence[str] = RUNNER
) -> list[str]:
    """Write a new job; return the command that runs it, or goes on with it."""
    name = f"bench-{time.monotonic_ns()}"
    job = {
        "apiVersion": "pimjobs.dev/v1alpha1",
        "kind": "PimJob",
        "metadata": {"name": name},
        "spec": {"type": job_type, "parameters": {"source": f"file:///data/in/{file}"}},
    }
    path = data / f"{name}.json"
    path.write_text(json.dumps(job), encoding="utf-8")
    return [*runner, "run", str(path), "--data", str(data), "--json", "--database", database]


def run_job(
    data: Path, database: str, job_type: str, file: str, runner: Sequence[str] = RUNNER
) -> Run:
    """Run one job to its end in a process of its own; fail if it didn't complete."""
    command = job_command(data, database, job_type, file, runner)
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=_compiled(data))
    with watched_memory(process.pid) as memory:
        output = process.stdout.read() if process.stdout else b""
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - began
    result = json.loads(output.splitlines()[-1]) if output else {}
    if status != 0 or result.get("outcome") != "Completed":
        sys.exit(f"{job_type} {file}: exit {status}, {result}")
    read = max(step.get("counters", {}).get("read", 0) for step in result["status"]["steps"])
    return Run(
        rows_per_second=read / seconds,
        cpu_us=(usage.ru_utime + usage.ru_stime) * 1e6 / max(read, 1),
        peak_mib=max(memory, default=0.0),
        seconds=seconds,
    )


def _compiled(data: Path) -> dict[str, str]:
    """Return the environment of a process that has its modules compiled, as in the image.

    The first one compiles them: structure is imported before anything is measured.
    """
    own = {name: v for name, v in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return own | {"PYTHONPYCACHEPREFIX": str(data / "compiled")}


@contextlib.contextmanager
def watched_memory(pid: int) -> Iterator[list[float]]:
    """Measure the memory of a process and its children, in MiB, twenty times a second.

    Proportional: pages that both have from the fork count once.
    """
    found: list[float] = []
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.05):
            with contextlib.suppress(OSError):
                found.append(_memory(pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield found
    finally:
        ended.set()
        watcher.join()


def _memory(pid: int) -> float:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    kib = 0
    for own in (str(pid), *children):
        with contextlib.suppress(OSError):
            rollup = Path(f"/proc/{own}/smaps_rollup").read_text(encoding="ascii")
            kib += next(int(line.split()[1]) for line in rollup.splitlines() if "Pss:" in line)
    return kib / 1024


def run_plain(data: Path, database: str, file: str) -> float:
    """Run the plain import on a file; return rows per second."""
    kinds = {code: kind.removeprefix("pim_catalog_") for code, kind, *_ in ATTRIBUTES}
    kinds = {c: "price" if kind == "price_collection" else kind for c, kind in kinds.items()}
    options = {code: [f"{code}_{n}" for n in range(count)] for code, count in OPTIONS.items()}
    path = data / "in" / file
    if database.startswith("sqlite"):
        # A file of its own: the real import's is not to get larger.
        database = f"sqlite:///{data}/plain.db"
    command = [sys.executable, str(Path(__file__).with_name("plain_import.py")), database,
               str(path), json.dumps(kinds), json.dumps(options)]  # fmt: skip
    began = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    seconds = time.monotonic() - began
    with path.open("rb") as lines:
        return (sum(1 for _ in lines) - 1) / seconds


def import_structure(data: Path, database: str) -> None:
    """Import what products are checked against."""
    for name, file in (
        ("attribute", "attributes"),
        ("attribute_option", "attribute_options"),
        ("category", "categories"),
        ("family", "families"),
    ):
        run_job(data, database, f"csv_{name}_import", f"{file}.csv")


@dataclass(frozen=True)
class Lab:
    """A catalogue with a structure, to import files into."""

    data: Path
    database: str

    @property
    def folder(self) -> Path:
        """Where the files are."""
        return self.data / "in"

    def file(self, name: str) -> Path:
        """Return the path of a file."""
        return self.folder / name

    def run(self, job_type: str, file: str) -> Run:
        """Import a file."""
        return run_job(self.data, self.database, job_type, file)

    def plain(self, file: str) -> float:
        """Return the rows per second of the plain import of a file."""
        return run_plain(self.data, self.database, file)

    def start_seconds(self) -> float:
        """Return how long an import of one row takes: the median of three."""
        write_file(self.file("start.csv"), COLUMNS, product_rows(1, stock=0))
        runs = [self.run(PRODUCTS, "start.csv").seconds for _ in range(3)]
        return sorted(runs)[1]


@contextlib.contextmanager
def new_lab(kind: str) -> Iterator[Lab]:
    """Yield a new catalogue with the structure that products are checked against."""
    with catalogue(kind) as (data, database):
        write_structure(data / "in")
        import_structure(data, database)
        yield Lab(data, database)


@contextlib.contextmanager
def catalogue(kind: str) -> Iterator[tuple[Path, str]]:
    """Yield the folder of files and the database of a new, empty catalogue."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        data = Path(folder) / "data"
        (data / "in").mkdir(parents=True)
        if kind == "sqlite":
            yield data, f"sqlite:///{data}/catalog.db"
        else:
            yield data, stack.enter_context(postgresql(Path(folder)))


@contextlib.contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """Start a PostgreSQL of its own on loopback, with its defaults; end it afterwards."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    cluster = folder / "postgresql"
    cluster.mkdir()
    as_user: list[str] = []
    if os.geteuid() == 0:
        # PostgreSQL refuses to run as root.
        shutil.chown(cluster, "nobody")
        folder.chmod(0o755)
        as_user = ["setpriv", "--reuid=nobody", "--clear-groups"]
    subprocess.run(
        [*as_user, POSTGRES / "initdb", "-D", cluster, "-U", "pim", "--auth=trust", "-E", "UTF8"],
        check=True, capture_output=True,
    )  # fmt: skip
    server = subprocess.Popen(
        [*as_user, POSTGRES / "postgres", "-D", cluster, "-p", str(port), "-h", "127.0.0.1",
         "-k", str(cluster)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        ready = [POSTGRES / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
        while subprocess.run(ready, check=False).returncode != 0:
            time.sleep(0.1)
        yield f"postgresql://pim@127.0.0.1:{port}/postgres"
    finally:
        server.terminate()
        server.wait()
