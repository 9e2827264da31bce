"""The operator is killed around each of its writes; what is left is as if it had not been.

The lives of jobs go through every phase: pause, resume, crash, interruption, failure, retry,
stop, a pod that does not start, a runner that does not obey. Those of releases close and
open a gate, by hand and by the rollout of a Deployment.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.control_plane import Api
from support.fault_proxy import FaultProxy, fault_proxy
from support.faults import die
from support.lives import Life, disobedient_life, full_life
from support.place import Place
from support.release_lives import RELEASE, requested_life, watched_life
from support.supervised import Supervised, supervised

pytestmark = pytest.mark.cluster

LIVES = {
    "full": Life(full_life, ["a"]),
    "disobedient": Life(disobedient_life, ["b"]),
    "release": Life(requested_life, ["a", "b", "held"], [RELEASE]),
    "rollout": Life(watched_life, ["a", "held"], [RELEASE]),
}
EVERY = {"full": 5, "disobedient": 5, "release": 3, "rollout": 3}
"""Writes from one kill to the next: enough for a successor to come to rest in between."""
POSITIONS = [(life, nth) for life, every in EVERY.items() for nth in range(1, every + 1)]


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
            life.play(place)
            found[name] = {"left": life.left(place), "writes": proxy.count(writes=True)}
    return found


@pytest.mark.parametrize("sent", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("life", "nth"), POSITIONS)
def test_killed_at_every_few_writes(
    undisturbed: dict[str, dict[str, Any]],
    disturbed: tuple[FaultProxy, Supervised],
    place: Place,
    life: str,
    nth: int,
    *,
    sent: bool,
) -> None:
    proxy, operator = disturbed
    every = EVERY[life]
    kills = proxy.on(die(operator.kill, sent=sent), writes=True, nth=nth, every=every)
    LIVES[life].play(place)
    assert LIVES[life].left(place) == undisturbed[life]["left"]
    # One that follows another may take a write less: counts of a release come as they are seen.
    assert kills.met >= undisturbed[life]["writes"] // every - 1
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
    LIVES[life].play(place)
    assert LIVES[life].left(place) == undisturbed[life]["left"]
    # What lasts only a moment (a back-off) is not always written by one that has to start first.
    assert kills.met >= undisturbed[life]["writes"] - 4
