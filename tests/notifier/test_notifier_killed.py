"""What a notifier leaves behind when it ends, and what the next one makes of it."""

from pathlib import Path

import pytest

from support.control_plane import Api, wait_for
from support.fault_proxy import fault_proxy
from support.faults import die
from support.notifier_process import notifier_process
from support.outbox import Outbox
from support.receivers import receiver
from support.supervised import supervised

pytestmark = pytest.mark.cluster


@pytest.mark.parametrize(("sent", "times"), [(False, 2), (True, 1)], ids=["before", "after"])
def test_killed_between_sending_and_writing_it_down_it_is_told_again_under_the_same_id(
    server: tuple[Api, Path], outbox: Outbox, tmp_path: Path, *, sent: bool, times: int
) -> None:
    """Killed before the write it is told twice; after it once, though nobody heard the answer."""
    with receiver() as found, fault_proxy(server, tmp_path) as (proxy, kubeconfig):
        reader = outbox.reader(found)
        with supervised(
            kubeconfig,
            tmp_path / "log",
            outbox.place.namespace,
            "pimjob_notifier.main",
            allowed_cidrs="127.0.0.0/8",
        ) as running:
            for _ in range(2):
                fault = die(running.kill, sent=sent)
                kills = proxy.on(fault, method="PATCH", kind="pimnotifications/status")
                message = reader.put()
                message.wait("Sent")
                assert kills.met == 1
                assert found.ids().count(message.change) == times


def test_what_has_ended_is_removed_after_a_while(
    server: tuple[Api, Path], outbox: Outbox, tmp_path: Path
) -> None:
    with receiver() as found:
        message = outbox.reader(found).put()
        with notifier_process(server[1], tmp_path / "log", outbox.place):
            message.wait("Sent")
        times = {"keep_sent_seconds": "0", "sweep_seconds": "0.2"}
        with notifier_process(server[1], tmp_path / "log", outbox.place, **times):
            wait_for(lambda: not outbox.place.notifications(), "it to be removed")
