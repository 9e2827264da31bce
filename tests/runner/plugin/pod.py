"""`run-attempt` as a process, started as the kubelet would."""

import os
import subprocess
import sys
from pathlib import Path

import attempt_process
from fake_api import UID, FakeApi
from runs import Job

from pimjob_api.outcome import Outcome, parse_outcome


class Pod:
    """Starts attempts as the kubelet would."""

    def __init__(self, api: FakeApi, database_url: str, folder: Path) -> None:
        self.api = api
        self.folder = folder
        self.message = folder / "termination-log"
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(Path(attempt_process.__file__).parent),
            "PIMJOB_NAMESPACE": "pim",
            "PIMJOB_NAME": "numbers",
            "PIMJOB_UID": UID,
            "PIMJOB_ATTEMPT": "1",
            "PIMJOB_DATABASE_URL": database_url,
            "PIMJOB_FILES_URL": f"file://{folder}",
            "PIMJOB_TERMINATION_LOG": str(self.message),
        }

    def start(self, **environment: str) -> "subprocess.Popen[str]":
        self.message.write_text("")
        return subprocess.Popen(
            [sys.executable, attempt_process.__file__, f"127.0.0.1:{self.api.port}"],
            env={**self.environment, **environment},
            text=True,
            stderr=subprocess.PIPE,
        )

    def run(self, **environment: str) -> tuple[int, Outcome | None]:
        with self.start(**environment) as process:
            process.communicate()
        return process.returncode, parse_outcome(self.message.read_text())

    @property
    def job(self) -> Job:
        return Job(self.environment["PIMJOB_DATABASE_URL"], self.folder, id=UID)
