"""An answer of the API server is stored, and what it tells besides what was written is news."""

from collections.abc import Callable
from typing import Any

import pytest

from pimjob_api.names import API_VERSION
from pimjob_operator.answers import Answers
from pimjob_operator.cache import Cache
from pimjob_operator.kinds import kinds
from pimjob_operator.queue import WorkQueue

Object = dict[str, Any]
PIMJOB: Object = {
    "metadata": {"name": "a", "namespace": "ns", "uid": "u", "resourceVersion": "1"},
    "spec": {"type": "t", "desiredState": "Paused"},
    "status": {"phase": "Queued", "steps": [{"name": "s", "processed": 7}]},
}
RELEASE: Object = {
    "metadata": {"name": "r", "namespace": "ns", "uid": "r", "resourceVersion": "1"},
    "spec": {"gate": "Closed"},
    "status": {"gate": "Open"},
}
JOB: Object = {
    "metadata": {
        "name": "a-1",
        "namespace": "ns",
        "uid": "j",
        "resourceVersion": "1",
        "labels": {"pimjobs.dev/job-uid": "u"},
        "ownerReferences": [
            {
                "apiVersion": API_VERSION,
                "kind": "PimJob",
                "name": "a",
                "uid": "u",
                "controller": True,
            }
        ],
    },
    "spec": {"template": {"spec": {"containers": [{"image": "runner:1"}]}}},
    "status": {},
}
TYPE: Object = {
    "metadata": {"name": "t", "uid": "t", "resourceVersion": "1"},
    "spec": {"image": "runner:1"},
}
DELETED = {"metadata": {"deletionTimestamp": "2026-01-01T12:00:00Z"}}
FAILED = {"status": {"conditions": [{"type": "Failed", "status": "True"}]}}


@pytest.mark.parametrize(
    ("put", "known", "changes", "due"),
    [
        (Answers.put_pimjob, PIMJOB, {"status": {"phase": "Paused"}}, 0),
        (Answers.put_pimjob, PIMJOB, {"spec": {"desiredState": "Running"}}, 1),
        (Answers.put_pimjob, PIMJOB, {"metadata": {"labels": {"team": "x"}}}, 1),
        (Answers.put_pimjob, PIMJOB, DELETED, 1),
        (Answers.put_pimjob, PIMJOB, {"status": {"phase": "Paused", "warnings": 9}}, 1),
        (Answers.put_read_pimjob, PIMJOB, {"status": {"phase": "Paused"}}, 1),
        (Answers.put_release, RELEASE, {"status": {"gate": "Closed"}}, 0),
        (Answers.put_release, RELEASE, {"spec": {"gate": "Open"}}, 1),
        (Answers.put_deleted_job, JOB, DELETED, 0),
        (Answers.put_deleted_job, JOB, DELETED | FAILED, 1),
        (Answers.put_job, JOB, FAILED, 1),
        (Answers.put_type, TYPE, {"spec": {"image": "runner:2"}}, 1),
    ],
)
def test_only_what_was_not_written_is_news(
    put: Callable[[Answers, Object], object], known: Object, changes: Object, due: int
) -> None:
    cache, queue = Cache(), WorkQueue(lambda: 0.0)
    for name, found in (("PimJob", PIMJOB), ("PimRelease", RELEASE), ("PimJobType", TYPE)):
        kinds(cache)[name].store.put(found)
    kinds(cache)["Job"].store.put(JOB)
    answer = {part: {**known.get(part, {}), **changes.get(part, {})} for part in known}
    answer["metadata"]["resourceVersion"] = "2"
    put(Answers(cache, queue), answer)
    assert len(queue) == due


def test_an_answer_that_the_watch_has_overtaken_is_no_news() -> None:
    cache, queue = Cache(), WorkQueue(lambda: 0.0)
    newer = {**PIMJOB["metadata"], "resourceVersion": "3"}
    cache.put_pimjob({**PIMJOB, "metadata": newer})
    resumed = {**PIMJOB, "spec": {"type": "t", "desiredState": "Running"}}
    Answers(cache, queue).put_pimjob(resumed)
    assert len(queue) == 0
    assert cache.pimjobs["u"]["spec"]["desiredState"] == "Paused"
