"""A namespace on an API server of the tests' own, and receivers on loopback."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.control_plane import Api
from support.notifier_process import keep_secret
from support.outbox import Outbox, Reader
from support.place import Place
from support.receivers import receiver


def new_outbox(api: Api) -> Outbox:
    """A fresh namespace with a Secret for notifiers."""
    place = Place(api, f"test-{uuid.uuid4().hex[:8]}")
    api.create("/api/v1/namespaces", {"metadata": {"name": place.namespace}})
    keep_secret(place, users="julia: julia@example.com", other="password")
    return Outbox(place)


@pytest.fixture(scope="module")
def shared(server: tuple[Api, Path]) -> Outbox:
    """The outbox of a namespace that the module's tests share."""
    return new_outbox(server[0])


@pytest.fixture
def outbox(server: tuple[Api, Path]) -> Outbox:
    """The outbox of a namespace of the test's own."""
    return new_outbox(server[0])


@pytest.fixture
def erp(shared: Outbox) -> Iterator[Reader]:
    """A receiver in the shared namespace, and the PimNotifier that tells it."""
    with receiver() as found:
        yield shared.reader(found)
