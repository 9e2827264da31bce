"""What the documents have people apply or set is taken: by the API server, and by the chart."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.control_plane import Api, binaries
from support.documents import manifests, pages, text, yaml_blocks
from support.helm import CHART, Render

NAMESPACE = "documents"
VALUES = set(yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8")))


def pods() -> dict[str, Any]:
    """Return the pods of the documents, those of Jobs as well, by where they stand."""
    found = {}
    for where, one in manifests():
        spec = one["spec"]["template"]["spec"] if one["kind"] == "Job" else one["spec"]
        if one["kind"] in {"Job", "Pod"}:
            found[where] = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}
            found[where]["spec"] = {**spec, "serviceAccountName": "default"}
    return found


@pytest.fixture(scope="module")
def restricted(server: tuple[Api, Path]) -> Api:
    """An API server with a namespace that takes restricted pods only."""
    api, _ = server
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    api.create("/api/v1/namespaces", {"metadata": {"name": NAMESPACE, "labels": labels}})
    api.create(f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts", {"metadata": {"name": "default"}})
    return api


def test_there_are_pods_in_the_documents() -> None:
    assert set(pods()) == {"PimStorageFilling", "sqlite-backup", "sqlite-restore"}


@pytest.mark.parametrize("where", list(pods()))
def test_a_restricted_namespace_takes_the_pod(restricted: Api, where: str) -> None:
    path = f"/api/v1/namespaces/{NAMESPACE}/pods?dryRun=All"
    pod = pods()[where]
    assert restricted.create(path, pod)["kind"] == "Pod"
    assert not restricted.takes(path, pod | {"spec": pod["spec"] | {"securityContext": {}}})


def test_values_that_are_shown_are_taken(render: Render) -> None:
    shown = [one for page in pages() for one in yaml_blocks(page) if set(one) <= VALUES]
    assert len(shown) == 2
    for values in shown:
        assert render(values)


def test_the_image_of_the_runner_is_found_as_pages_say(render: Render) -> None:
    paths = {
        path
        for page in pages()
        for path in re.findall(r"-o jsonpath='([^']*PIMJOB_RUNNER_IMAGE[^']*)'", text(page))
    }
    assert len(paths) == 1
    (operator,) = [one for one in render() if one["kind"] == "Deployment"]
    # Asks no server.
    command = [binaries() / "kubectl", "label", "--local", "-f", "-", "a=b", "-o"]
    done = subprocess.run(
        [*command, f"jsonpath={paths.pop()}"],
        input=json.dumps(operator), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert re.fullmatch(r"pimjobs/runner:[\d.]+", done.stdout)
