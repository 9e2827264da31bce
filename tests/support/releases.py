"""The PimReleases of a place, and what a Deployment's controller would write."""

from dataclasses import dataclass
from typing import Any

from pimjob_api import names
from support.control_plane import wait_for
from support.place import Place

WAITS = "ReleaseInProgress"
"""The reason of a job that a closed gate concerns."""


@dataclass(frozen=True)
class Releases:
    """The PimReleases and Deployments of one namespace."""

    place: Place

    def create(self, name: str = "weekly", **spec: Any) -> None:
        body = {
            "apiVersion": names.API_VERSION,
            "kind": names.KIND_PIMRELEASE,
            "metadata": {"name": name},
            "spec": spec,
        }
        self.place.api.create(self.place.path("pimreleases"), body)

    def change(self, name: str = "weekly", **spec: Any) -> None:
        self.place.api.patch(self.place.path("pimreleases", name), {"spec": spec})

    def delete(self, name: str = "weekly") -> None:
        self.place.api.delete(self.place.path("pimreleases", name))

    def status(self, name: str = "weekly") -> dict[str, Any]:
        found = self.place.api.get(self.place.path("pimreleases", name))
        status: dict[str, Any] = found.get("status", {})
        return status

    def wait(self, gate: str, name: str = "weekly", **fields: Any) -> dict[str, Any]:
        """Return the status once the gate, and these fields, are so."""
        wanted = {"gate": gate, **fields}

        def reached() -> dict[str, Any] | None:
            found = self.status(name)
            return found if wanted.items() <= found.items() else None

        what = f"{name} to be {wanted}: {self.status(name)}"
        found: dict[str, Any] = wait_for(reached, what, seconds=20)
        return found

    def condition(self, kind: str, name: str = "weekly") -> str:
        return {c["type"]: c["status"] for c in self.status(name)["conditions"]}[kind]

    def deploy(self, name: str, image: str, replicas: int = 2) -> None:
        """Create a Deployment, or change its image; its controller has not looked at it yet."""
        labels = {"app": name}
        template = {
            "metadata": {"labels": labels},
            "spec": {"containers": [{"name": "web", "image": image}]},
        }
        body = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name},
            "spec": {
                "replicas": replicas,
                "selector": {"matchLabels": labels},
                "template": template,
            },
        }
        self.place.api.apply(self.place.path("deployments", name), body)

    def watch(self, deployment: str, name: str = "weekly") -> dict[str, Any]:
        """Return the status of a release that watches a Deployment, which is rolled out."""
        self.deploy(deployment, f"{deployment}:1")
        self.rolled(deployment, updated=2, total=2)
        self.create(name, gate="Open", deployments=[deployment])
        return self.wait("Open", name)

    def rolled(self, name: str, updated: int, total: int, *, failed: bool = False) -> None:
        """Write what the controller says: how many pods are of the template, of how many."""
        path = self.place.path("deployments", name)
        condition = {
            "type": "Progressing",
            "status": "False" if failed else "True",
            "reason": "ProgressDeadlineExceeded" if failed else "ReplicaSetUpdated",
        }
        status = {
            "observedGeneration": self.place.api.get(path)["metadata"]["generation"],
            "replicas": total,
            "updatedReplicas": updated,
            "readyReplicas": updated,
            "availableReplicas": updated,
            "conditions": [condition],
        }
        self.place.api.patch(f"{path}/status", {"status": status})
