"""Which image the next attempt runs: the current one, or the last one that worked. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pimjob_api.phases import OutcomeKind
from pimjob_operator.core.attempts import CRASHED, Attempt, progressed
from pimjob_operator.core.observed import ObservedPod, Waiting
from pimjob_operator.core.recordable import is_whole, recordable_image

NOT_COMING = frozenset(
    {
        "ErrImagePull",
        "ImagePullBackOff",
        "ErrImageNeverPull",
        "InvalidImageName",
        "ImageInspectError",
        "CreateContainerError",
        "RunContainerError",
    }
)
"""What a pod waits for when its image is at fault."""
CRASHES_OF_IMAGE = 2
"""So many crashes in a row before the first chunk are blamed on the image: one may be chance."""
PATIENCE_SECONDS = 30.0
"""How long an image may take to come, with another one at hand."""

_BLAMED = NOT_COMING | {"Error", "OOMKilled", "StartError", "ContainerCannotRun"}
_NEVER_READ = {OutcomeKind.CHECKPOINT_UNREADABLE.value, OutcomeKind.SUPERSEDED.value}


@dataclass(frozen=True)
class ImageChoice:
    """An image, and why it is not the current one."""

    image: str
    instead: Waiting | None = None


def choose_image(current: str, attempts: Sequence[Attempt]) -> ImageChoice:
    """Return the image of the next attempt.

    A current image that did not come up gives way to the last that worked. A new
    current one is tried again.
    """
    worked = [a.image for n, a in enumerate(attempts) if _worked(attempts, n)]
    tried = [n for n, a in enumerate(attempts) if runs(a, current)]
    last_good = worked[-1] if worked else None
    if not tried or last_good is None or not is_whole(last_good):
        return ImageChoice(current)
    if last_good == recordable_image(current):
        return ImageChoice(current)
    last = attempts[tried[-1]]
    needed = 1 if last.reason in NOT_COMING else CRASHES_OF_IMAGE
    if not all(_is_blamed(attempts, n) for n in tried[-needed:]) or len(tried) < needed:
        return ImageChoice(current)
    message = f"{current} did not come up ({last.reason}: {last.message}); {last_good} goes on."
    return ImageChoice(last_good, Waiting(reason=last.reason or "Error", message=message))


def runs(attempt: Attempt, image: str) -> bool:
    """Whether an attempt runs an image. In a status one that is too long is cut."""
    return attempt.image is not None and recordable_image(attempt.image) == recordable_image(image)


def given_up(
    current: str, attempts: Sequence[Attempt], pod: ObservedPod | None, age: float
) -> Attempt | None:
    """Return the attempt under way as ended, if its image does not come and another one would."""
    waiting = None if pod is None else pod.waiting
    if waiting is None or waiting.reason not in NOT_COMING or not attempts:
        return None
    under_way = attempts[-1]
    ended = replace(
        under_way,
        outcome=CRASHED,
        reason=waiting.reason,
        message=waiting.message,
        # It did nothing: what comes after it is not to look like progress.
        processed=attempts[-2].processed if len(attempts) > 1 else 0,
    )
    other = choose_image(current, [*attempts[:-1], ended]).image
    hopeless = not runs(under_way, other) and age >= PATIENCE_SECONDS
    return ended if hopeless else None


def _worked(attempts: Sequence[Attempt], index: int) -> bool:
    attempt = attempts[index]
    spoke = attempt.outcome not in {None, CRASHED} | _NEVER_READ
    return spoke or progressed(attempts, index)


def _is_blamed(attempts: Sequence[Attempt], index: int) -> bool:
    attempt = attempts[index]
    crashed = attempt.outcome == CRASHED and attempt.reason in _BLAMED
    return crashed and not progressed(attempts, index)
