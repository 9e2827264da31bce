"""The jobs as processes on this machine, by `pimjob-runner run`: no cluster, no root."""

import json
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from demo_run.backend import DemoError
from demo_run.jobs import DemoJob, Status


class LocalBackend:
    """Runs each job's PimJob file with the runner's command line."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._runner = _runner()
        self._logs = Path(tempfile.mkdtemp(prefix="pimjobs-demo-"))
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def prepare(self, catalogue: Path) -> None:
        """Do nothing: the files are where the jobs look for them."""

    def start(self, job: DemoJob) -> str:
        """Write the PimJob and start a runner."""
        name = f"{job.prefix}{uuid.uuid4().hex[:5]}"
        manifest = job.manifest("in")
        manifest["metadata"] = {"name": name}
        file = self._logs / f"{name}.yaml"
        # JSON is YAML.
        file.write_text(json.dumps(manifest), encoding="utf-8")
        with self._out(name).open("wb") as out, self._err(name).open("wb") as err:
            self._processes[name] = subprocess.Popen(
                [self._runner, "run", str(file), "--data", str(self._data), "--json"],
                stdout=out,
                stderr=err,
                stdin=subprocess.DEVNULL,
            )
        return name

    def look(self, names: Mapping[str, DemoJob]) -> dict[str, Status]:
        """Return what ended runners have said; `Running` of the others."""
        return {name: self._status(name) for name in names}

    def database(self) -> Path | None:
        """Return the runner's default catalogue."""
        path = self._data / "catalog.db"
        return path if path.exists() else None

    def artifact(self, url: str) -> bytes:
        """Read a file of the files volume."""
        path = unquote(urlsplit(url).path).removeprefix("/data/")
        return (self._data / path).read_bytes()

    def explain(self, name: str) -> str:
        """Return what the runner printed."""
        out, err = (path.read_text(errors="replace") for path in (self._out(name), self._err(name)))
        return f"{name} said:\n{out}\n{err}"

    def next_commands(self) -> list[tuple[str, str]]:
        """Return what to try without a cluster."""
        return [("see all job types", f"{self._runner} types")]

    def close(self) -> None:
        """End runners that still run, then forget their output."""
        for process in self._processes.values():
            if process.poll() is None:
                process.terminate()
                process.wait()
        shutil.rmtree(self._logs)

    def _status(self, name: str) -> Status:
        code = self._processes[name].poll()
        if code is None:
            return {"phase": "Running"}
        said = self._out(name).read_text(encoding="utf-8")
        if not said.strip():
            reason = {"reason": "Crashed", "message": f"exit code {code}"}
            return {"phase": "Failed", **reason}
        result: dict[str, Any] = json.loads(said.splitlines()[-1])
        phase = "Completed" if result["outcome"] == "Completed" else "Failed"
        return {**result["status"], "phase": phase, **_why(result)}

    def _out(self, name: str) -> Path:
        return self._logs / f"{name}.json"

    def _err(self, name: str) -> Path:
        return self._logs / f"{name}.log"


def _why(result: Mapping[str, Any]) -> dict[str, str]:
    return {"reason": result["reason"], "message": result["message"]}


def _runner() -> str:
    beside = Path(sys.executable).with_name("pimjob-runner")
    found = str(beside) if beside.exists() else shutil.which("pimjob-runner")
    if found is None:
        raise DemoError("pimjob-runner is not installed: pip install --editable '.[runner]'")
    return found
