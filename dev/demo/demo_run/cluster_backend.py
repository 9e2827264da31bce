"""The jobs as PimJob resources of a cluster."""

import shlex
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from kubernetes import client, config
from kubernetes.client.exceptions import ApiException

from demo_run.backend import DemoError
from demo_run.files import Files
from demo_run.jobs import API_VERSION, DEMO_LABEL, ENDED, JOBS, PLURAL, DemoJob, Status

GROUP, VERSION = API_VERSION.split("/")
OPERATOR = "app.kubernetes.io/component=operator"
LOG_LINES = 60
LEFTOVER_SECONDS = 120


class ClusterBackend:
    """Talks to the API server; files come and go through `files`."""

    def __init__(self, kubeconfig: Path | None, namespace: str, files: Files) -> None:
        """Use a kubeconfig, or with None the caller's own context."""
        try:
            chosen = kubeconfig and str(kubeconfig)
            # Half of the client's functions have types.
            api = config.new_client_from_config(config_file=chosen)  # type: ignore[no-untyped-call]
        except config.ConfigException as error:
            raise DemoError(f"No cluster to talk to: {error}. Run make cluster first.") from error
        # Custom objects are whatever JSON they are.
        self._custom: Any = client.CustomObjectsApi(api)
        self._core: Any = client.CoreV1Api(api)
        self._kubeconfig = kubeconfig
        self._namespace = namespace
        self._files = files
        self._latest = ""

    def prepare(self, catalogue: Path) -> None:
        """End what an interrupted demo left, then bring the files in."""
        self._end_leftovers()
        self._files.bring(catalogue)

    def start(self, job: DemoJob) -> str:
        """Create the PimJob; the API server completes its name."""
        try:
            made = self._custom.create_namespaced_custom_object(
                GROUP, VERSION, self._namespace, PLURAL, job.manifest(self._files.folder)
            )
        except ApiException as error:
            raise DemoError(f"The API server refused the PimJob of {job.file}: {error}") from error
        self._latest = str(made["metadata"]["name"])
        return self._latest

    def look(self, names: Mapping[str, DemoJob]) -> dict[str, Status]:
        """Return the status of the named jobs, by one list call."""
        return {
            name: item.get("status", {})
            for item in self._list()
            if (name := item["metadata"]["name"]) in names
        }

    def database(self) -> Path | None:
        """Return the catalogue's file."""
        return self._files.database()

    def artifact(self, url: str) -> bytes:
        """Read a job's file."""
        return self._files.read(url)

    def explain(self, name: str) -> str:
        """Return the resource, its last pod's log and the end of the operator's log."""
        found = self._custom.get_namespaced_custom_object(
            GROUP, VERSION, self._namespace, PLURAL, name
        )
        found["metadata"].pop("managedFields", None)
        attempts = found.get("status", {}).get("attempts") or [{}]
        parts = [
            ("PimJob", yaml.safe_dump(found, sort_keys=False, allow_unicode=True)),
            ("Log of its pod", self._pod_log(attempts[-1].get("pod"))),
            ("Log of the operator", self._operator_log()),
        ]
        return "\n".join(f"--- {title} {name}\n{text}" for title, text in parts)

    def next_commands(self) -> list[tuple[str, str]]:
        """Return get, describe and stop; the last one starts a job to have one to stop."""
        kubectl = self._kubectl()
        manifest = shlex.quote(str(self._files.manifest(JOBS[-1])))
        create = f"{kubectl} create -f {manifest} -o name"
        patch = '{"spec":{"desiredState":"Stopped","reason":"only trying","requestedBy":"demo"}}'
        return [
            ("list the jobs", f"{kubectl} get pimjobs"),
            ("all about one", f"{kubectl} describe pimjob {self._latest}"),
            ("start one and stop it", f"{kubectl} patch --type merge -p '{patch}' $({create})"),
        ]

    def close(self) -> None:
        """Take away what brought the files."""
        self._files.close()

    def _kubectl(self) -> str:
        chosen = f" --kubeconfig {self._kubeconfig}" if self._kubeconfig else ""
        return f"kubectl{chosen} -n {self._namespace}"

    def _list(self) -> list[dict[str, Any]]:
        found = self._custom.list_namespaced_custom_object(
            GROUP, VERSION, self._namespace, PLURAL, label_selector=f"{DEMO_LABEL}=true"
        )
        return list(found["items"])

    def _end_leftovers(self) -> None:
        """Two demos at once would count each other's rows: stop what still runs, and wait."""
        deadline = time.monotonic() + LEFTOVER_SECONDS
        asked: set[str] = set()
        while left := [item for item in self._list() if not _ended(item)]:
            for item in left:
                name = item["metadata"]["name"]
                if name not in asked:
                    print(f"  {name} of an earlier demo has not ended: ending it", flush=True)
                    self._end(item)
                    asked.add(name)
            if time.monotonic() > deadline:
                names = ", ".join(item["metadata"]["name"] for item in left)
                raise DemoError(
                    f"{names} did not end in {LEFTOVER_SECONDS} s. See why and delete them:\n"
                    f"  {self._kubectl()} describe pimjob {names.replace(', ', ' ')}\n"
                    f"  {self._kubectl()} delete pimjob {names.replace(', ', ' ')}"
                )
            time.sleep(0.5)

    def _end(self, item: Mapping[str, Any]) -> None:
        """Stop a job; one that may not be stopped is let run to its end."""
        stoppable = item.get("status", {}).get("stoppable", True)
        spec = {
            "desiredState": "Stopped" if stoppable else "Running",
            "reason": "a new demo begins",
            "requestedBy": "demo",
        }
        self._custom.patch_namespaced_custom_object(
            GROUP, VERSION, self._namespace, PLURAL, item["metadata"]["name"], {"spec": spec}
        )

    def _pod_log(self, pod: str | None) -> str:
        if pod is None:
            return "(it has no pod)"
        return self._log(pod)

    def _operator_log(self) -> str:
        pods = self._core.list_namespaced_pod(self._namespace, label_selector=OPERATOR).items
        return "\n".join(self._log(pod.metadata.name) for pod in pods) or "(it has no pod)"

    def _log(self, pod: str) -> str:
        try:
            return str(
                self._core.read_namespaced_pod_log(pod, self._namespace, tail_lines=LOG_LINES)
            )
        except ApiException as error:
            return f"({pod}: {error.status} {error.reason})"


def _ended(item: Mapping[str, Any]) -> bool:
    return item.get("status", {}).get("phase") in ENDED
