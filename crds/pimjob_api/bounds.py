"""How much a PimJob may hold, so that its status stays within `names.STATUS_BYTES`.

A status is written every few seconds and sent to everybody who watches: it may not
grow with a job's items. What repeats (a step's, an attempt's texts) is bounded in
UTF-8 bytes by the CRD, and its writers cut it with `pimjob_api.text.clip`. A test
builds the largest status that the CRD lets through and weighs it.
"""

from typing import Final

MAX_STEPS: Final = 10
MAX_COUNTERS: Final = 10
MAX_WARNING_SAMPLES: Final = 3
MAX_ATTEMPTS: Final = 10
MAX_ARTIFACTS: Final = 8
MAX_CONDITIONS: Final = 6

MAX_DEPLOYMENTS: Final = 16
MAX_LABELS: Final = 8
"""Requirements of a selector, of each sort, and values of one."""
MAX_FILTER: Final = 32
"""Values of each sort that a PimNotifier may name."""
MAX_EVENT_DATA: Final = 32
"""Fields of what a PimNotification tells."""

# Characters: these are ASCII by their pattern, or stand once in a PimJob.
NAME: Final = 63
IMAGE: Final = 255
URL: Final = 400
OBJECT: Final = 253
"""A name of Kubernetes, the longest sort."""
LABEL_KEY: Final = 317
"""A label's key: prefix, slash and name."""
TITLE: Final = 100
"""A label that people give."""
USER: Final = 253
COMMENT: Final = 200
"""Why somebody changed desiredState."""

# UTF-8 bytes.
LABEL: Final = 100
COLUMN: Final = 64
VALUE: Final = 80
REASON: Final = 200
"""A warning's sentence."""
MESSAGE: Final = 256
COUNTER: Final = 32
WORD: Final = 40
"""A CamelCase reason, an outcome."""

TIME: Final = 35
"""Characters of a time: RFC 3339 with nanoseconds and an offset."""
NUMBER: Final = 2**53 - 1
"""The largest integer that every JSON reader keeps."""

DEADLINE_SECONDS: Final = 7 * 24 * 3600
"""The longest time that a gate may be closed."""

MAX_PARAMETERS: Final = 64
PARAMETERS_BYTES: Final = 32 * 1024
"""All of a job's parameters: each status write and each watch event carries them."""
PARAMETERS_DEPTH: Final = 10
"""Levels of maps and lists in a job's parameters, `parameters` itself being the first."""
