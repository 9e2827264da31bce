"""A namespace with PimJobs in it, and what a kubelet would do to their pods."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pimjob_api import names
from pimjob_api.outcome import Outcome
from pimjob_api.phases import OutcomeKind
from support.control_plane import Api, wait_for

PIMJOBS = f"/apis/{names.API_VERSION}"

_PREFIXES = {
    "pimjobs": PIMJOBS,
    "pimreleases": PIMJOBS,
    "pimnotifiers": PIMJOBS,
    "pimnotifications": PIMJOBS,
    "jobs": "/apis/batch/v1",
    "deployments": "/apis/apps/v1",
}


@dataclass(frozen=True)
class Place:
    """One namespace of an API server without nodes."""

    api: Api
    namespace: str

    def launch(self, name: str, *, labels: dict[str, str] | None = None, **spec: Any) -> str:
        """Create a PimJob; return its UID."""
        body = {
            "apiVersion": names.API_VERSION,
            "kind": names.KIND_PIMJOB,
            "metadata": {"name": name, "labels": labels or {}},
            "spec": {"type": "numbers", **spec},
        }
        return str(self.api.create(self.path("pimjobs"), body)["metadata"]["uid"])

    def start(self, name: str, **spec: Any) -> None:
        """Launch a job and see it run."""
        self.launch(name, **spec)
        self.run(f"{name}-1")
        self.wait(name, "Running")

    def change(self, name: str, **spec: Any) -> None:
        self.api.patch(self.path("pimjobs", name), {"spec": spec})

    def status(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.api.get(self.path("pimjobs", name)).get("status", {})
        return found

    def wait(
        self, name: str, phase: str, reason: str | None = None, *, seconds: float = 20
    ) -> dict[str, Any]:
        """Return the status once it has this phase (and reason)."""

        def reached() -> dict[str, Any] | None:
            found = self.status(name)
            same = found.get("phase") == phase and reason in {None, found.get("reason")}
            return found if same else None

        found: dict[str, Any] = wait_for(
            reached, lambda: f"{name} to be {phase} {reason}: {self.status(name)}", seconds=seconds
        )
        return found

    def forbid(self, resource: str) -> None:
        """Allow none of a resource, once a quota of that is in force."""
        body = {"metadata": {"name": "none"}, "spec": {"hard": {resource: "0"}}}
        self.api.create(self.path("resourcequotas"), body)
        quota = self.path("resourcequotas", "none")
        # Before its first status, it refuses for another reason.
        wait_for(lambda: self.api.get(quota).get("status", {}).get("hard"), "the quota")

    def jobs(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.api.get(self.path("jobs"))["items"]
        return found

    def job_names(self) -> list[str]:
        return sorted(job["metadata"]["name"] for job in self.jobs())

    def pods(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.api.get(self.path("pods"))["items"]
        return found

    def pod(self, job: str) -> str:
        """Return the name of a Job's pod once there is one."""

        def names_of() -> list[str]:
            selector = f"?labelSelector=batch.kubernetes.io/job-name%3D{job}"
            items = self.api.get(self.path("pods") + selector)["items"]
            return [pod["metadata"]["name"] for pod in items]

        return str(wait_for(names_of, f"a pod of {job}", seconds=20)[0])

    def run(self, job: str) -> None:
        """Let a Job's container run, since long enough to be told."""
        running = {"startedAt": "2026-01-01T00:00:00Z"}
        self._write_pod(job, "Running", {"running": running})

    def hold(self, job: str, reason: str, message: str) -> None:
        """Keep a Job's container from starting."""
        self._write_pod(job, "Pending", {"waiting": {"reason": reason, "message": message}})

    def end(
        self,
        job: str,
        kind: OutcomeKind,
        message: str = "why",
        processed: int = 0,
        reason: str | None = None,
    ) -> None:
        """Let a Job's container leave with an outcome."""
        why = reason or kind.value
        outcome = Outcome(kind=kind, reason=why, message=message, processed=processed)
        self._write_pod(job, "Succeeded", _terminated(0, "Completed", outcome.to_json()))

    def crash(self, job: str, reason: str = "OOMKilled", code: int = 137) -> None:
        """Let a Job's container end without a word."""
        self._write_pod(job, "Failed", _terminated(code, reason, ""))

    def report(self, name: str, processed: int, **status: Any) -> None:
        """Report progress as the runner does."""
        step = {"name": "count", "phase": "Running", "processed": processed}
        body = {
            "apiVersion": names.API_VERSION,
            "kind": names.KIND_PIMJOB,
            "metadata": {"name": name},
            "status": {"steps": [step], **status},
        }
        path = f"{self.path('pimjobs', name)}/status?fieldManager={names.MANAGER_RUNNER}"
        self.api.call("PATCH", path, body, "apply-patch+yaml")

    def events(self, name: str) -> list[tuple[str, str, str]]:
        """Return type, reason and message of the Events about a PimJob."""
        selector = f"?fieldSelector=involvedObject.name%3D{name}"
        items = self.api.get(self.path("events") + selector)["items"]
        return [(item["type"], item["reason"], item["message"]) for item in items]

    def notifier(self, name: str, *events: str, **spec: Any) -> None:
        """Create a PimNotifier for these events, with a webhook unless it says otherwise."""
        webhook = {"url": "https://hooks.example/pimjobs", "signingKey": {"key": "erp"}}
        destination = {} if {"mail", "chat", "webhook"} & spec.keys() else {"webhook": webhook}
        body = {
            "apiVersion": names.API_VERSION,
            "kind": names.KIND_PIMNOTIFIER,
            "metadata": {"name": name},
            "spec": {"events": list(events), **destination, **spec},
        }
        self.api.create(self.path("pimnotifiers"), body)

    def notifications(self) -> list[dict[str, Any]]:
        """Return the specs of the PimNotifications."""
        items = self.api.get(self.path("pimnotifications"))["items"]
        return [item["spec"] for item in items]

    def told(self) -> list[tuple[str, str, str]]:
        """Return notifier, event and subject of all PimNotifications."""
        found = self.notifications()
        return sorted((x["notifier"], x["event"], x["subject"]["name"]) for x in found)

    def _write_pod(self, job: str, phase: str, state: dict[str, Any]) -> None:
        container = {
            "name": names.RUNNER_CONTAINER,
            "image": "numbers:1",
            "imageID": "",
            "ready": False,
            "restartCount": 0,
            "state": state,
        }
        status = {"phase": phase, "containerStatuses": [container]}
        self.api.patch(f"{self.path('pods', self.pod(job))}/status", {"status": status})

    def path(self, plural: str, name: str | None = None) -> str:
        """Return the path of objects of the namespace, or of one."""
        prefix = _PREFIXES.get(plural, "/api/v1")
        path = f"{prefix}/namespaces/{self.namespace}/{plural}"
        return path if name is None else f"{path}/{name}"


def _terminated(code: int, reason: str, message: str) -> dict[str, Any]:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    ended = {"exitCode": code, "reason": reason, "message": message}
    return {"terminated": {**ended, "startedAt": "2026-01-01T00:00:00Z", "finishedAt": now}}
