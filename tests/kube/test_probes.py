"""What a replica answers to the kubelet."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from pimjob_kube.client import Client
from pimjob_kube.connection import Connection
from pimjob_kube.lease import Lease
from pimjob_kube.probes import Probes


class Patient(Probes):
    """A replica with a trouble."""

    def __init__(self, lease: Lease, trouble: str | None) -> None:
        super().__init__(lease)
        self.trouble = trouble

    def problem(self) -> str | None:
        return self.trouble

    def measure(self) -> None:
        """Have nothing to measure."""


Ask = Callable[[Patient], Callable[[web.Request], Awaitable[web.Response]]]


def asked(
    ask: Ask, *, active: bool, trouble: str | None = None, out_of_reach: str | None = None
) -> tuple[int, str | None]:
    async def answer() -> tuple[int, str | None]:
        async with Client(Connection("http://127.0.0.1:1")) as client:
            lease = Lease(client=client, namespace="a", name="b", identity="c")
            lease.trouble = out_of_reach
            patient = Patient(lease, trouble)
            patient.active = active
            found = await ask(patient)(make_mocked_request("GET", "/"))
            return found.status, found.text

    return asyncio.run(answer())


@pytest.mark.parametrize(
    ("active", "trouble", "answer"),
    [
        (True, None, (200, "ok")),
        (True, "It is deaf.", (503, "It is deaf.")),
        (False, "It has not begun.", (200, "ok")),
    ],
)
def test_only_an_active_one_can_be_unwell(
    *, active: bool, trouble: str | None, answer: tuple[int, str]
) -> None:
    assert asked(lambda patient: patient.healthz, active=active, trouble=trouble) == answer


@pytest.mark.parametrize(
    ("active", "out_of_reach", "answer"),
    [
        (True, None, (200, "active")),
        (True, "no route", (200, "active")),
        (False, None, (200, "standby")),
        (False, "no route", (503, "The Lease is out of reach: no route")),
    ],
)
def test_a_standby_is_ready_if_it_could_take_over(
    *, active: bool, out_of_reach: str | None, answer: tuple[int, str]
) -> None:
    found = asked(lambda patient: patient.readyz, active=active, out_of_reach=out_of_reach)
    assert found == answer
