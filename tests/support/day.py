"""A day in the life, in less than a minute: everything that metrics and dashboards tell of.

A real operator on a real API server, real runners and real databases. Times are those of the
machine; `seconds` is how long a long job works.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numbers_job

from pimjob_api.phases import DATABASE_UNAVAILABLE
from pimjob_runner.manifests import manifest
from support.control_plane import wait_for
from support.kubelet import Kubelet
from support.place import PIMJOBS, Place
from support.releases import Releases

SHORT = "csv_category_import"
LONG = numbers_job.OTHER_PLAN
ENDS = {"Completed", "Failed", "Stopped"}
PER_SECOND = 100
"""Items of a long job."""


@dataclass(frozen=True)
class Day:
    """Plays it."""

    place: Place
    kubelet: Kubelet
    folder: Path
    seconds: float

    def play(self) -> None:
        """From the first launch to the last end."""
        self._prepare()
        self._people()
        self._release()
        self._trouble()
        self._settle()

    def _people(self) -> None:
        """Small imports of a profile; one job that is paused and resumed, one that is stopped."""
        for number in range(3):
            self._import(f"daily-{number}", profile="daily-categories")
        self._work("paused")
        self._work("stopped")
        self._wait("paused", "Running")
        self.place.change("paused", desiredState="Paused", requestedBy="julia", reason="lunch")
        self._wait("stopped", "Running")
        self.place.change("stopped", desiredState="Stopped", requestedBy="julia", reason="wrong")
        self._wait("paused", "Paused")
        self._wait("stopped", "Stopped")
        self.place.change("paused", desiredState="Running")

    def _release(self) -> None:
        """A gate that closes on a job at work, holds a new one, and opens again."""
        releases = Releases(self.place)
        self._work("released")
        self._wait("released", "Running")
        releases.create(gate="Closed", reason="weekly release")
        self._wait("released", "Paused", "ReleaseInProgress")
        self._import("held")
        self._wait("held", "Queued", "ReleaseInProgress")
        time.sleep(self.seconds / 4)
        releases.change(gate="Open")

    def _trouble(self) -> None:
        """A killed runner, a missing file, a database that is away, and one that is wrong."""
        self._work("killed")
        self._wait("killed", "Running")
        self.kubelet.kill("killed-1")
        self._import("no-file", file="missing")
        self.kubelet.database |= {
            "away": "postgresql://pim@127.0.0.1:1/pim",
            "wrong": "mysql://127.0.0.1/pim",
        }
        self._import("wrong")
        self._import("away")
        wait_for(lambda: self._crashes("away") > 1, "two crashes without a database", seconds=120)
        del self.kubelet.database["away"]

    def _wait(self, name: str, *phase_and_reason: str) -> None:
        # Each step waits for the one before, so a slow machine makes the day longer, not another.
        self.place.wait(name, *phase_and_reason, seconds=120)

    def _crashes(self, name: str) -> int:
        attempts = self.place.status(name).get("attempts") or ()
        return sum(attempt.get("reason") == DATABASE_UNAVAILABLE for attempt in attempts)

    def _settle(self) -> None:
        def ended() -> bool:
            found = self.place.api.get(self.place.path("pimjobs"))["items"]
            return {one.get("status", {}).get("phase") for one in found} <= ENDS

        wait_for(ended, "all jobs to end", seconds=120 + 4 * self.seconds)

    def _import(self, name: str, *, file: str = "categories", **spec: Any) -> None:
        source = f"file:///data/in/{file}.csv"
        self.place.launch(name, type=SHORT, parameters={"source": source}, **spec)

    def _work(self, name: str) -> None:
        chunk = PER_SECOND // 5
        parameters = {"count": int(self.seconds * PER_SECOND), "chunk": chunk, "refuseEvery": 40,
                      "secondsPerChunk": chunk / PER_SECOND}  # fmt: skip
        self.place.launch(name, type=LONG.name, parameters=parameters)

    def _prepare(self) -> None:
        found = manifest(LONG)
        self.place.api.apply(f"{PIMJOBS}/pimjobtypes/{found['metadata']['name']}", found)
        incoming = self.folder / "in"
        incoming.mkdir(parents=True)
        rows = [f"category_{n};;Category {n}" for n in range(200)]
        # No code may have a dash.
        rows[7::40] = [f"category-{n};;Not a code" for n in range(len(rows[7::40]))]
        text = "\n".join(["code;parent;label-en_US", *rows]) + "\n"
        (incoming / "categories.csv").write_text(text, encoding="utf-8")
