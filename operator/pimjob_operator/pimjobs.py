"""PimJobs, and who is told what becomes of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pimjob_api.names import type_object_name
from pimjob_kube.objects import Object
from pimjob_operator.core.decision import is_over
from pimjob_operator.core.observed import attempt_of
from pimjob_operator.objects import uid_of
from pimjob_operator.slim import slim_pimjob
from pimjob_operator.stores import Memory, Store, is_newer


@dataclass(frozen=True, kw_only=True)
class Listeners:
    """Who is told of PimJobs."""

    seen: Callable[[Object], None]
    """Each, whole, before it is stored."""
    stored: Callable[[Object | None, Object], bool]
    """What was known and what is stored; says whether that is news though nothing else is."""
    gone: Callable[[str], None]
    """The UID of one that has left, or was not found."""
    dropped: Callable[[str], None]
    """The UID of one that was deleted."""


class PimJobs(Store):
    """PimJobs by UID."""

    def __init__(self, deleted: Memory, told: Listeners) -> None:
        super().__init__(
            deleted,
            slim_pimjob,
            concerns=lambda found: (uid_of(found),),
            progress=False,
        )
        self._told = told

    def put(self, found: Object) -> bool:
        """Store a PimJob unless a newer one is here or it is gone; say whether it is news."""
        uid = uid_of(found)
        known = self.kept.get(uid)
        if not self.wants(found) or not is_newer(known, found):
            return False
        self._told.seen(found)
        news = super().put(found)
        return self._told.stored(known, self.kept[uid]) or news

    def forget(self, uid: str) -> None:
        """Forget a PimJob that was not found. Should it be there after all, a list brings it."""
        super().forget(uid)
        self._told.gone(uid)

    def drop(self, uid: str, last: Object | None = None) -> None:
        """Forget a PimJob that is deleted."""
        super().drop(uid, last)
        self._told.dropped(uid)

    def namespace_of(self, uid: str) -> str | None:
        """Return a PimJob's namespace, None if it is not known."""
        found = self.kept.get(uid)
        return None if found is None else found["metadata"]["namespace"]

    def is_over(self, uid: str) -> bool:
        """Whether a PimJob is known to have ended."""
        found = self.kept.get(uid)
        return found is not None and is_over(found)

    def of_type(self, object_name: str) -> Iterator[str]:
        """Yield the UIDs of the PimJobs of a PimJobType that have not ended."""
        for uid, pimjob in self.kept.items():
            if type_object_name(pimjob["spec"]["type"]) == object_name and not is_over(pimjob):
                yield uid


def is_open(pimjob: Object | None, job: str) -> bool:
    """Whether it is still to be told how a job's attempt, the one with this Job, has ended."""
    if pimjob is None or is_over(pimjob):
        return False
    number = attempt_of(pimjob["metadata"]["name"], job)
    for attempt in pimjob["status"].get("attempts") or ():
        if attempt["number"] == number:
            return "outcome" not in attempt
    # Those that were left behind by all that status remembers have been told.
    return number > int(pimjob["status"].get("attemptCount", 0))
