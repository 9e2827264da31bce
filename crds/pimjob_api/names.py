"""Names that several programs share: API group, labels, environment, managers."""

from typing import Final

GROUP: Final = "pimjobs.dev"
VERSION: Final = "v1alpha1"
API_VERSION: Final = f"{GROUP}/{VERSION}"

KIND_PIMJOB: Final = "PimJob"
PLURAL_PIMJOB: Final = "pimjobs"
KIND_PIMJOBTYPE: Final = "PimJobType"
PLURAL_PIMJOBTYPE: Final = "pimjobtypes"
KIND_PIMRELEASE: Final = "PimRelease"
PLURAL_PIMRELEASE: Final = "pimreleases"
KIND_PIMNOTIFIER: Final = "PimNotifier"
PLURAL_PIMNOTIFIER: Final = "pimnotifiers"
KIND_PIMNOTIFICATION: Final = "PimNotification"
PLURAL_PIMNOTIFICATION: Final = "pimnotifications"

# Labels of the batch/v1 Jobs and Pods that run an attempt.
LABEL_JOB: Final = f"{GROUP}/job"
"""Name of the PimJob, cut to 63 characters. For people; the UID decides."""
LABEL_JOB_UID: Final = f"{GROUP}/job-uid"
LABEL_ATTEMPT: Final = f"{GROUP}/attempt"
LABEL_TYPE: Final = f"{GROUP}/type"

ANNOTATION_IMAGE: Final = f"{GROUP}/image"
"""Of a Job: the image that its type named when it was created, whatever became of it."""

# Who owns which fields of a status under server-side apply.
MANAGER_OPERATOR: Final = "pimjob-operator"
MANAGER_RUNNER: Final = "pimjob-runner"
MANAGER_NOTIFIER: Final = "pimjob-notifier"
MANAGER_ON_BEHALF: Final = "pimjobs-on-behalf"
"""Of a program that says in each command whom it acts for, in `spec.requestedBy`."""

RUNNER_ACCOUNT: Final = "pimjob-runner"
"""ServiceAccount of runner pods, in each namespace: an admission policy knows it by this name."""
RUNNER_FIELDS: Final = (
    *("activeSeconds", "artifacts", "etaSeconds", "heartbeatTime"),
    *("progress", "step", "steps", "warnings"),
)
"""What a runner writes of its PimJob's status. All else is the operator's."""

# Verbs of our own on pimjobs, beside those of Kubernetes.
VERB_STOP: Final = "stop"
VERB_PAUSE: Final = "pause"
"""To pause, and to resume."""
VERB_RETRY: Final = "retry"
OWN: Final = "-own"
"""Ends the verbs of those who may do it to what they have launched only: stop-own."""
VERB_LAUNCH_FOR: Final = "launch-for"
"""To name somebody else as who launched a job, or who gave it a command."""

# Environment of the runner's container.
ENV_NAME: Final = "PIMJOB_NAME"
ENV_NAMESPACE: Final = "PIMJOB_NAMESPACE"
ENV_UID: Final = "PIMJOB_UID"
ENV_ATTEMPT: Final = "PIMJOB_ATTEMPT"
ENV_POD_UID: Final = "PIMJOB_POD_UID"
ENV_DATABASE_URL: Final = "PIMJOB_DATABASE_URL"
ENV_FILES_URL: Final = "PIMJOB_FILES_URL"
ENV_TERMINATION_LOG: Final = "PIMJOB_TERMINATION_LOG"
"""Where the runner leaves its outcome, if not in TERMINATION_LOG."""
ENV_LOG_FORMAT: Final = "PIMJOB_LOG_FORMAT"
ENV_LOG_LEVEL: Final = "PIMJOB_LOG_LEVEL"
"""Of the operator too: it hands both on."""

RUNNER_CONTAINER: Final = "runner"
TERMINATION_LOG: Final = "/dev/termination-log"
TERMINATION_MESSAGE_BYTES: Final = 4096
"""What the kubelet keeps of a termination message."""

STATUS_BYTES: Final = 64 * 1024
"""The budget of a PimJob's whole status, as compact JSON."""

PIMJOB_NAME_LENGTH: Final = 51
"""Longest name of a new PimJob.

Its pods are named `<name>-<attempt>-xxxxx`; Kubernetes cuts what comes before the random
characters to 58. With five digits of an attempt nothing is cut, so a pod's name says whose it is.
"""
PIMJOB_NAME_EVER: Final = 57
"""Longest name of a PimJob of an earlier version, which may still be changed and end."""


def type_object_name(job_type: str) -> str:
    """Return the name of a type's PimJobType: Kubernetes names may not have underscores."""
    return job_type.replace("_", "-").replace(".", "-")
