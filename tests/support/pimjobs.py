"""PimJobs in a namespace, through the client that a user's script would use."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client, config

from pimjob_api.names import API_VERSION, GROUP, KIND_PIMJOB, PLURAL_PIMJOB, VERSION

MERGE = "application/merge-patch+json"
APPLY = "application/apply-patch+yaml"
NO_TYPE = "no_such_type"
"""A type that nobody has: such a job is never started."""


class PimJobs:
    """The PimJobs of one namespace."""

    def __init__(self, api: client.ApiClient, namespace: str) -> None:
        self.namespace = namespace
        self._objects = client.CustomObjectsApi(api)
        self._where = (GROUP, VERSION, namespace, PLURAL_PIMJOB)

    def create(
        self, name: str = "a", *, metadata: dict[str, str] | None = None, **spec: Any
    ) -> dict[str, Any]:
        body = pimjob(name, **spec) | ({"metadata": metadata} if metadata else {})
        made: dict[str, Any] = self._objects.create_namespaced_custom_object(*self._where, body)
        return made

    def change(self, name: str = "a", **spec: Any) -> dict[str, Any]:
        """Merge this into the spec; None removes a field."""
        changed: dict[str, Any] = self._objects.patch_namespaced_custom_object(
            *self._where, name, {"spec": spec}, _content_type=MERGE
        )
        return changed

    def report(self, status: dict[str, Any], name: str = "a") -> dict[str, Any]:
        """Merge this into the status."""
        changed: dict[str, Any] = self._objects.patch_namespaced_custom_object_status(
            *self._where, name, {"status": status}, _content_type=MERGE
        )
        return changed

    def apply_status(self, manager: str, status: dict[str, Any], name: str = "a") -> None:
        """Write this part of the status as its owner."""
        body = {
            "apiVersion": API_VERSION,
            "kind": KIND_PIMJOB,
            "metadata": {"name": name},
            "status": status,
        }
        self._objects.patch_namespaced_custom_object_status(
            *self._where, name, body, field_manager=manager, force=True, _content_type=APPLY
        )

    def read(self, name: str = "a") -> dict[str, Any]:
        found: dict[str, Any] = self._objects.get_namespaced_custom_object(*self._where, name)
        return found

    def found_by(self, field_selector: str) -> list[str]:
        """Return the names of those that a field selector finds."""
        listed: Any = self._objects.list_namespaced_custom_object(
            *self._where, field_selector=field_selector
        )
        return sorted(item["metadata"]["name"] for item in listed["items"])


class PimJobTypes:
    """The PimJobTypes of a cluster."""

    def __init__(self, api: client.ApiClient) -> None:
        self._objects = client.CustomObjectsApi(api)

    def try_out(self, name: str, **spec: Any) -> dict[str, Any]:
        """Return what would be stored; nothing is."""
        body = {
            "apiVersion": API_VERSION,
            "kind": "PimJobType",
            "metadata": {"name": name},
            "spec": spec,
        }
        made: dict[str, Any] = self._objects.create_cluster_custom_object(
            GROUP, VERSION, "pimjobtypes", body, dry_run="All", field_validation="Strict"
        )
        return made


@contextmanager
def api_client(kubeconfig: Path) -> Iterator[client.ApiClient]:
    """A client for a kubeconfig, closed at the end of the block."""
    api = config.new_client_from_config(str(kubeconfig))
    try:
        yield api
    finally:
        api.close()


def pimjob(name: str, **spec: Any) -> dict[str, Any]:
    """Return a manifest."""
    return {
        "apiVersion": API_VERSION,
        "kind": KIND_PIMJOB,
        "metadata": {"name": name},
        "spec": {"type": NO_TYPE, **spec},
    }


def refusal(call: Callable[[], Any]) -> str:
    """Return what the API server says against a call; fail if it takes it."""
    with pytest.raises(client.ApiException) as raised:
        call()
    assert raised.value.status == 422, raised.value
    return str(json.loads(str(raised.value.body))["message"])
