"""A PimJob of an earlier version, under a name too long for a new one, goes on to its end."""

from pathlib import Path
from typing import Any

import pytest

from support.control_plane import Api, control_plane, wait_for
from support.install import CRDS, install, install_contract
from support.place import Place

pytestmark = pytest.mark.cluster
NAME = "a" * 57


def refused(api: Api, path: str, body: dict[str, Any]) -> str:
    try:
        api.create(path, body)
    except AssertionError as error:
        return str(error)
    return ""


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
        wait_for(lambda: "at most 51" in refused(api, f"{path}?dryRun=All", another), "the policy")
        # Each policy learns of a new kind by itself, and refuses any change until then.
        stop = {"spec": {"desiredState": "Stopped"}}
        wait_for(lambda: not api.refusal(place.path("pimjobs", NAME), stop), "the stop")
        api.patch(place.path("pimjobs", NAME) + "/status", {"status": {"phase": "Stopped"}})
        assert place.status(NAME)["phase"] == "Stopped"
