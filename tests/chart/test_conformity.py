"""What the chart makes of values conforms to the schemas of Kubernetes, as kubeconform sees it.

The schemas are those of the API server that the tests run on, CRDs included.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.chart_values import VALUES
from support.control_plane import Api, wait_for
from support.helm import Render, kubeconform, monitoring_crds
from support.schemas import TEMPLATE, write_schemas

MONITORED = ("--api-versions", "monitoring.coreos.com/v1/ServiceMonitor",
             "--api-versions", "monitoring.coreos.com/v1/PrometheusRule")  # fmt: skip


@pytest.fixture(scope="module")
def schemas(server: tuple[Api, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Those of the server, with the Prometheus Operator's kinds."""
    api, _ = server
    folder = tmp_path_factory.mktemp("schemas")
    for kind in ("servicemonitors", "prometheusrules"):
        text = (monitoring_crds() / f"monitoring.coreos.com_{kind}.yaml").read_text()
        crd = yaml.safe_load(text)
        api.apply(
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/" + crd["metadata"]["name"],
            crd,
        )
    served = "/openapi/v3/apis/monitoring.coreos.com/v1"
    wait_for(lambda: api.exists(served) and "PrometheusRule" in json.dumps(api.get(served)), served)
    write_schemas(api, folder)
    return folder


def refusals(objects: list[dict[str, Any]], schemas: Path) -> list[dict[str, Any]]:
    """Return what kubeconform says against these objects; nothing is skipped."""
    command = [kubeconform(), "-strict", "-output=json", "-verbose", "-summary"]
    done = subprocess.run(
        [*command, f"-schema-location={schemas}/{TEMPLATE}"],
        input=yaml.safe_dump_all(objects),
        capture_output=True,
        text=True,
        check=False,
    )
    answer = json.loads(done.stdout)
    assert sum(answer["summary"].values()) == len(objects), done.stderr
    found: list[dict[str, Any]] = answer["resources"]
    return [one for one in found if one["status"] != "statusValid"]


@pytest.mark.parametrize("name", list(VALUES))
def test_every_object_conforms(name: str, render: Render, schemas: Path) -> None:
    assert refusals(render(VALUES[name], *MONITORED), schemas) == []


def test_a_field_that_kubernetes_does_not_know_is_refused(render: Render, schemas: Path) -> None:
    """In a kind of each origin: Kubernetes, the Prometheus Operator, ourselves."""
    kinds = {one["kind"]: one for one in render({}, *MONITORED)}
    wrong = [kinds["Deployment"], kinds["PrometheusRule"], kinds["ServiceMonitor"]]
    for one in wrong:
        one["spec"]["replica"] = 2
    job = {"apiVersion": "pimjobs.dev/v1alpha1", "kind": "PimJob", "metadata": {"name": "a"}}
    wrong.append({**job, "spec": {"type": "t", "desiredstate": "Paused"}})
    found = {one["kind"]: one["status"] for one in refusals(wrong, schemas)}
    assert found == dict.fromkeys((one["kind"] for one in wrong), "statusInvalid")
