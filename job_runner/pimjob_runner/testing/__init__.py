"""What a job type is tested with: run it on a fresh database, kill it at every write.

    def test_it_is_exactly_once(tmp_path: Path) -> None:
        def job(number: int) -> TestedJob:
            return fresh_job(MY_TYPE, tmp_path / str(number), {"percent": 10})

        killed_at_each_write(job)

Nothing here is imported when a job runs.
"""

from pimjob_runner.engine.control import Control
from pimjob_runner.testing.kill_points import KillPoints, in_child
from pimjob_runner.testing.killing import KilledDifferentlyError, killed_at_each_write, what_it_left
from pimjob_runner.testing.small_chunks import small_chunks
from pimjob_runner.testing.tested_job import Left, TestedJob, fresh_job, type_of

__all__ = [
    "Control",
    "KillPoints",
    "KilledDifferentlyError",
    "Left",
    "TestedJob",
    "fresh_job",
    "in_child",
    "killed_at_each_write",
    "small_chunks",
    "type_of",
    "what_it_left",
]
