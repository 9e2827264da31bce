"""Takes what the API server answers to a write, or to a read, into the cache.

The watch brings the same once more, and then it is no news. So whatever an answer holds besides
what was written (a wish that came just before it, another image of a type) is acted upon now.
"""

from collections.abc import Callable
from typing import Any

from pimjob_kube.objects import Object
from pimjob_operator.cache import Cache
from pimjob_operator.core.status import OWNED
from pimjob_operator.listing import enqueue
from pimjob_operator.objects import uid_of
from pimjob_operator.queue import WorkQueue
from pimjob_operator.stores import Store

Part = Callable[[Object], Any]
"""What is looked at of an object as the cache keeps it."""


class Answers:
    """Stores answers, and marks those as due whom their news concerns."""

    def __init__(self, cache: Cache, queue: WorkQueue) -> None:
        self._cache = cache
        self._queue = queue

    def put_pimjob(self, written: Object) -> None:
        """Store the answer to a write of a PimJob's status."""
        self._put(self._cache.of_pimjobs, written, _besides_status)

    def put_read_pimjob(self, found: Object) -> None:
        """Store a PimJob as it was read."""
        self._put(self._cache.of_pimjobs, found, _everything)

    def put_release(self, written: Object) -> None:
        """Store the answer to a write of a PimRelease's status: all of it is the operator's."""
        self._put(self._cache.of_releases, written, _besides_all_status)

    def put_type(self, found: Object) -> bool:
        """Store a PimJobType as it was read, or applied; say whether it is news."""
        return self._put(self._cache.of_types, found, _everything)

    def put_deleted_job(self, leaving: Object) -> None:
        """Store the answer to the deletion of a Job."""
        uid = uid_of(leaving)
        before = self._end_of_job(uid)
        if self._cache.put_job(leaving) and self._end_of_job(uid) != before:
            enqueue(self._queue, self._cache.jobs.concerns(uid))

    def put_job(self, found: Object) -> None:
        """Store a Job that was there already."""
        if self._cache.put_job(found):
            enqueue(self._queue, self._cache.jobs.concerns(uid_of(found)))

    def _end_of_job(self, uid: str) -> Any:
        job = self._cache.jobs.get(uid)
        return None if job is None or not job.says else job.unpacked()["status"]

    def _put(self, store: Store, answer: Object, besides: Part) -> bool:
        uid = uid_of(answer)
        known = store.find(uid)
        before = None if known is None else besides(known)
        if not store.put(answer):
            return False
        stored = store.find(uid)
        news = stored is None or besides(stored) != before
        if news:
            enqueue(self._queue, store.concerns(uid))
        return news


def _everything(found: Object) -> Any:
    return found


def _besides_all_status(found: Object) -> Any:
    metadata = {k: v for k, v in found["metadata"].items() if k != "resourceVersion"}
    return metadata, found["spec"]


def _besides_status(found: Object) -> Any:
    others = {key: value for key, value in found["status"].items() if key not in OWNED}
    return _besides_all_status(found), others
