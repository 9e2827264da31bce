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

# Characters: these are ASCII by their pattern, or stand once in a PimJob.
NAME: Final = 63
IMAGE: Final = 255
URL: Final = 400
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

MAX_PARAMETERS: Final = 64
PARAMETERS_BYTES: Final = 32 * 1024
"""All of a job's parameters: each status write and each watch event carries them."""
