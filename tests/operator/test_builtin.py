"""The types that are shipped with the operator."""

from pathlib import Path

import pytest

from pimjob_operator.builtin import builtin_types
from support.control_plane import Api
from support.fault_proxy import fault_proxy
from support.faults import Answer, Call, Forward
from support.place import Place
from support.supervised import supervised

pytestmark = pytest.mark.cluster


def test_they_are_applied_before_anything_is_decided(
    server: tuple[Api, Path], place: Place, tmp_path: Path
) -> None:
    """A job that was launched for a new version is not judged by the types of the last one."""
    place.launch("a")
    order: list[str] = []

    async def note(call: Call, forward: Forward) -> Answer:
        order.append(call.kind)
        return await forward()

    with fault_proxy(server, tmp_path) as (proxy, kubeconfig):
        proxy.on(note, method="PATCH", kind="pimjobtypes", every=1)
        proxy.on(note, method="POST", kind="jobs")
        with supervised(kubeconfig, tmp_path / "log", place.namespace):
            place.run("a-1")
            place.wait("a", "Running")
    assert order == ["pimjobtypes"] * len(builtin_types()) + ["jobs"]
