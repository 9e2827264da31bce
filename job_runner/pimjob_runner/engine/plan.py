"""The plan of a job: which steps, in which order, of which version."""

import hashlib
import json
from collections.abc import Sequence

from pimjob_runner.sdk import ItemStep, JobType, Tasklet


def plan_of(job_type: JobType, steps: Sequence[ItemStep | Tasklet]) -> str:
    """Describe the plan as JSON; equal text means that checkpoints are interchangeable."""
    return json.dumps(
        {
            "type": job_type.name,
            "version": job_type.version,
            "steps": [step.name for step in steps],
        },
        sort_keys=True,
    )


def plan_hash(plan: str) -> str:
    """Return the plan's SHA-256, hexadecimal."""
    return hashlib.sha256(plan.encode()).hexdigest()
