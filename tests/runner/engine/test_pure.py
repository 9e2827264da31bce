"""The engine's pure parts: chunk sizes, time left, what to obey."""

import pytest

from pimjob_runner.engine.chunk_size import FIRST, LARGEST, SMALLEST, TARGET_SECONDS, ChunkSize
from pimjob_runner.engine.control import Control, Intent
from pimjob_runner.engine.estimate import Estimate


def test_chunks_grow_at_most_twofold() -> None:
    size = ChunkSize()
    limits = []
    for _ in range(6):
        size.took(size.limit, seconds=0.001)
        limits.append(size.limit)

    assert limits == [1_000, 2_000, LARGEST, LARGEST, LARGEST, LARGEST]


def test_a_slow_chunk_is_followed_by_one_that_meets_the_target() -> None:
    size = ChunkSize()
    size.took(FIRST, seconds=10.0)

    assert size.limit == FIRST * TARGET_SECONDS / 10.0 == 20


def test_chunks_never_vanish() -> None:
    size = ChunkSize()
    size.took(FIRST, seconds=3600.0)

    assert size.limit == SMALLEST


def test_an_empty_chunk_teaches_nothing() -> None:
    size = ChunkSize()
    size.took(0, seconds=5.0)

    assert size.limit == FIRST


def estimate(*chunks: tuple[int, float], rate: float | None = None) -> Estimate:
    made = Estimate(rate)
    for items, seconds in chunks:
        made.learn(items, seconds)
    return made


@pytest.mark.parametrize(
    "chunks",
    [(), ((100, 10.0),), ((100, 0.5),) * 5, ((100, 5.0), (100, 5.0))],
    ids=["nothing", "one long chunk", "many short chunks", "two long chunks"],
)
def test_there_is_no_time_left_before_there_is_enough_data(
    chunks: tuple[tuple[int, float], ...],
) -> None:
    assert estimate(*chunks).seconds_left(100, 1_000) is None


def test_time_left_is_what_remains_at_the_present_rate() -> None:
    steady = estimate(*[(100, 1.0)] * 5)

    assert steady.seconds_left(500, 1_500) == 10
    assert steady.seconds_left(1_500, 1_500) == 0
    assert steady.seconds_left(1_600, 1_500) == 0, "more than the total: never negative"
    assert steady.seconds_left(500, None) is None


def test_the_rate_follows_a_change_smoothly() -> None:
    changing = estimate(*[(100, 1.0)] * 10, *[(50, 1.0)] * 5)

    assert changing.rate is not None
    assert 50 < changing.rate < 100


def test_the_estimate_survives_a_restart() -> None:
    before = estimate(*[(100, 1.0)] * 5)

    assert estimate(rate=before.rate).seconds_left(500, 1_500) == 10


@pytest.mark.parametrize(
    ("desired", "terminated", "intent"),
    [
        ("Running", False, None),
        ("Running", True, Intent.LEAVE),
        ("Paused", False, Intent.PAUSE),
        ("Paused", True, Intent.PAUSE),
        ("Stopped", False, Intent.STOP),
        ("Stopped", True, Intent.STOP),
        ("SomethingNew", False, None),
        ("SomethingNew", True, Intent.LEAVE),
    ],
)
def test_what_is_obeyed(desired: str, terminated: bool, intent: Intent | None) -> None:  # noqa: FBT001 - a table's column
    control = Control()
    control.desire(desired)
    if terminated:
        control.terminate()

    assert control.intent() is intent


@pytest.mark.parametrize(
    ("desired", "pausable", "intent"),
    [
        ("Running", True, Intent.MAKE_ROOM),
        ("Running", False, None),
        ("Paused", True, Intent.PAUSE),
        ("Stopped", True, Intent.STOP),
    ],
)
def test_a_release_asks_for_less_than_people_do(
    desired: str,
    pausable: bool,  # noqa: FBT001 - a table's column
    intent: Intent | None,
) -> None:
    control = Control()
    control.allow(stoppable=True, pausable=pausable)
    control.desire(desired)
    control.gate(closed=True)
    assert control.intent() is intent
    control.gate(closed=False)
    assert control.intent() is not Intent.MAKE_ROOM


def test_what_either_the_type_or_the_resource_forbids_is_not_obeyed() -> None:
    control = Control()
    control.allow(stoppable=False, pausable=True)
    control.allow(stoppable=True, pausable=False)

    for desired in ("Stopped", "Paused"):
        control.desire(desired)
        assert control.intent() is None
    control.terminate()
    assert control.intent() is Intent.LEAVE
