"""Which image an attempt runs, when the current one does not come up."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pimjob_api.phases import OutcomeKind, Phase
from pimjob_operator.core.attempts import CRASHED, Attempt
from pimjob_operator.core.image import choose_image
from pimjob_operator.core.observed import ObservedJob, ObservedPod, Waiting
from pimjob_operator.core.status import status_of
from pimjob_operator.core.world import JobTypeView, World
from pimjob_operator.settings import Settings
from support.worlds import NOW, decided

PAUSED = OutcomeKind.PAUSED.value
PULL = "ImagePullBackOff"

Tried = tuple[str, str, str, int]
"""Image, outcome, reason, items committed until then."""


def attempts(*tried: Tried) -> list[Attempt]:
    return [
        Attempt(
            number=n, job=f"a-{n}", image=image, outcome=outcome, reason=reason,
            message="why", processed=processed, started=NOW, ended=NOW,
        )
        for n, (image, outcome, reason, processed) in enumerate(tried, start=1)
    ]  # fmt: skip


OLD = ("old:1", PAUSED, PAUSED, 10)


@pytest.mark.parametrize(
    ("tried", "image"),
    [
        ([], "new:2"),
        ([OLD], "new:2"),
        ([OLD, ("new:2", CRASHED, PULL, 10)], "old:1"),
        # One crash may be chance, two are not.
        ([OLD, ("new:2", CRASHED, "Error", 10)], "new:2"),
        ([OLD, *2 * [("new:2", CRASHED, "Error", 10)]], "old:1"),
        # What is not the image's fault.
        ([OLD, *2 * [("new:2", CRASHED, "NodeLost", 10)]], "new:2"),
        ([OLD, *2 * [("new:2", CRASHED, "Evicted", 10)]], "new:2"),
        ([OLD, *2 * [("new:2", CRASHED, "DatabaseUnavailable", 10)]], "new:2"),
        # It got something done before it crashed.
        ([OLD, ("new:2", CRASHED, "Error", 20), ("new:2", CRASHED, "Error", 30)], "new:2"),
        # It stays with what works, and there may be nothing else that did.
        ([OLD, ("new:2", CRASHED, PULL, 10), ("old:1", PAUSED, PAUSED, 20)], "old:1"),
        ([("new:2", CRASHED, PULL, 0)], "new:2"),
        ([("old:1", CRASHED, "Error", 0), ("new:2", CRASHED, PULL, 0)], "new:2"),
        # An image that cannot read the checkpoint has not worked.
        (
            [
                ("bad:0", OutcomeKind.CHECKPOINT_UNREADABLE.value, "x", 0),
                ("new:2", CRASHED, PULL, 0),
            ],
            "new:2",
        ),
        # A third image is tried, whatever became of the second.
        ([OLD, ("newer:3", CRASHED, PULL, 10)], "new:2"),
    ],
)
def test_the_current_image_unless_it_did_not_come_up_and_another_one_works(
    tried: list[Tried], image: str
) -> None:
    assert choose_image("new:2", attempts(*tried)).image == image


def test_it_says_which_image_runs_instead_of_which_and_why() -> None:
    choice = choose_image("new:2", attempts(OLD, ("new:2", CRASHED, PULL, 10)))
    assert choice.instead == Waiting(
        reason=PULL, message="new:2 did not come up (ImagePullBackOff: why); old:1 goes on."
    )


def world(*, age: float = 60, image: str = "new:2", running: str = "new:2", **status: Any) -> World:
    started = NOW - timedelta(seconds=age)
    recorded = [
        {"number": 1, "job": "a-1", "image": "old:1", "outcome": PAUSED, "processed": 10},
        {"number": 2, "job": "a-2", "image": running, "startTime": started.isoformat()},
    ]
    waiting = Waiting(reason=PULL, message="no such image")
    return World(
        pimjob={
            "metadata": {"name": "a", "namespace": "ns", "uid": "u", "generation": 1},
            "spec": {"type": "t", "desiredState": "Running"},
            "status": {"phase": "Starting", "attempts": recorded, **status},
        },
        job_type=JobTypeView(name="t", spec={"image": image}, parameter_errors=()),
        jobs=[ObservedJob(name="a-2", uid="j", number=2, created=started, image=running)],
        pods={"a-2": [ObservedPod(name="a-2-x", uid="p", created=started, waiting=waiting)]},
        trouble=None,
        now=NOW,
        settings=Settings(runner_image="runner:1"),
    )


def test_an_image_that_does_not_come_is_given_up_after_a_while_for_the_one_that_worked() -> None:
    assert decided(world(age=5)).delete is None
    decision = decided(world(age=60))
    assert (decision.phase, decision.reason, decision.write) == (Phase.STARTING, PULL, True)
    assert decision.delete is not None
    assert decision.delete.name == "a-2"
    given_up = decision.attempts[-1]
    assert (given_up.outcome, given_up.reason, given_up.processed) == (CRASHED, PULL, 10)

    recorded = world(attempts=status_of(world(), decision)["attempts"])
    later = decided(replace(recorded, jobs=[], pods={}, now=NOW + timedelta(minutes=10)))
    assert (later.create, later.image) == (3, "old:1")
    assert later.conditions["ImageFallback"].reason == PULL


def test_a_first_attempt_waits_for_its_image_as_long_as_it_takes() -> None:
    only = {"attempts": [world().status["attempts"][1]]}
    assert decided(world(age=3600, **only)).delete is None
