"""Jobs are run where notifications are asked for and cannot be."""

from pathlib import Path

import pytest

from pimjob_api.phases import OutcomeKind
from support.control_plane import control_plane
from support.install import install_contract
from support.operator_process import operator_process
from support.place import PIMJOBS, Place

pytestmark = pytest.mark.cluster
TYPE = {
    "apiVersion": "pimjobs.dev/v1alpha1",
    "kind": "PimJobType",
    "metadata": {"name": "numbers"},
    "spec": {"label": "Count", "kind": "system", "steps": [{"name": "count", "label": "Count"}]},
}


def test_a_cluster_without_pimnotifiers_runs_its_jobs(tmp_path: Path) -> None:
    folder = tmp_path / "control-plane"
    folder.mkdir()
    with control_plane(folder) as (api, kubeconfig):
        install_contract(api)
        definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
        api.delete(f"{definitions}/pimnotifiers.pimjobs.dev")
        api.apply(f"{PIMJOBS}/pimjobtypes/numbers", TYPE)
        api.create("/api/v1/namespaces", {"metadata": {"name": "jobs"}})
        account = {"metadata": {"name": "pimjob-runner"}}
        api.create("/api/v1/namespaces/jobs/serviceaccounts", account)
        place, settings = Place(api, "jobs"), {"notifications": "true", "sweep_seconds": "2"}
        with operator_process(kubeconfig, tmp_path / "log", "alone", **settings) as operator:
            operator.wait("active")
            for name in ("a", "b"):
                place.launch(name)
                place.wait(name, "Starting")
                place.end(f"{name}-1", OutcomeKind.COMPLETED)
                place.wait(name, "Completed")
            assert operator.get("/healthz")[0] == 200
    assert "PimNotifiers cannot be listed" in (tmp_path / "log").read_text(encoding="utf-8")
