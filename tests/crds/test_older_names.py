"""A PimJob of an earlier version, under a name too long for a new one, goes on to its end."""

from pathlib import Path

import pytest

from support.control_plane import control_plane, wait_for
from support.install import CRDS, install, install_contract
from support.place import Place

pytestmark = pytest.mark.cluster
NAME = "a" * 57


def test_a_name_that_was_allowed_may_be_stopped_and_end(tmp_path: Path) -> None:
    with control_plane(tmp_path) as (api, _):
        install(api, *CRDS.glob("*.yaml"))
        place = Place(api, "default")
        probe = {
            "apiVersion": "pimjobs.dev/v1alpha1",
            "kind": "PimJob",
            "spec": {"type": "numbers"},
        }
        path = place.path("pimjobs")
        wait_for(lambda: api.takes(path, {**probe, "metadata": {"name": NAME}}), "the CRD")

        install_contract(api)
        another = {**probe, "metadata": {"name": "b" * 57}}
        wait_for(lambda: not api.takes(f"{path}?dryRun=All", another), "the policy")
        place.change(NAME, desiredState="Stopped")
        api.patch(place.path("pimjobs", NAME) + "/status", {"status": {"phase": "Stopped"}})
        assert place.status(NAME)["phase"] == "Stopped"
