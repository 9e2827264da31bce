"""The operator is killed around each of its writes; what is left is as if it had not been.

Each life goes through every phase: pause, resume, crash, interruption, failure, retry,
stop, a pod that does not start, a runner that does not obey.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.control_plane import Api
from support.fault_proxy import FaultProxy, fault_proxy
from support.faults import die
from support.lives import disobedient_life, full_life, left_of
from support.place import Place
from support.supervised import Supervised, supervised

pytestmark = pytest.mark.cluster

EVERY = 5
"""Writes from one kill to the next: enough for a successor to come to rest in between."""
LIVES: dict[str, Callable[[Place, str], None]] = {
    "full": full_life,
    "disobedient": disobedient_life,
}


@pytest.fixture(scope="module")
def undisturbed(
    server: tuple[Api, Path],
    tmp_path_factory: pytest.TempPathFactory,
    new_place: Callable[[], Place],
) -> dict[str, dict[str, Any]]:
    """What is left of each life when nothing goes wrong, and what it cost."""
    found = {}
    for name, life in LIVES.items():
        place, folder = new_place(), tmp_path_factory.mktemp("undisturbed")
        with (
            fault_proxy(server, folder) as (proxy, kubeconfig),
            supervised(kubeconfig, folder / "log", place.namespace),
        ):
            life(place, "a")
            found[name] = {"left": left_of(place, "a"), "writes": proxy.count(writes=True)}
    return found


@pytest.mark.parametrize("sent", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("nth", range(1, EVERY + 1))
@pytest.mark.parametrize("life", LIVES)
def test_killed_at_every_fifth_write(
    undisturbed: dict[str, dict[str, Any]],
    disturbed: tuple[FaultProxy, Supervised],
    place: Place,
    life: str,
    nth: int,
    *,
    sent: bool,
) -> None:
    proxy, operator = disturbed
    kills = proxy.on(die(operator.kill, sent=sent), writes=True, nth=nth, every=EVERY)
    LIVES[life](place, "a")
    assert left_of(place, "a") == undisturbed[life]["left"]
    assert kills.met >= undisturbed[life]["writes"] // EVERY
    assert proxy.count(writes=True) <= undisturbed[life]["writes"] + 2 * kills.met


@pytest.mark.parametrize("life", LIVES)
def test_killed_after_every_single_write(
    undisturbed: dict[str, dict[str, Any]],
    disturbed: tuple[FaultProxy, Supervised],
    place: Place,
    life: str,
) -> None:
    proxy, operator = disturbed
    kills = proxy.on(die(operator.kill, sent=True), writes=True, every=1)
    LIVES[life](place, "a")
    assert left_of(place, "a") == undisturbed[life]["left"]
    # What lasts only a moment (a back-off) is not always written by one that has to start first.
    assert kills.met >= undisturbed[life]["writes"] - 4
