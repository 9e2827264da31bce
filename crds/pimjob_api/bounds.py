"""How much of everything a status may hold, so that the whole stays within STATUS_BYTES.

Lengths are characters in the schema; writers cut by UTF-8 bytes (`pimjob_api.text.clip`).
"""

from typing import Final

MAX_STEPS: Final = 12
MAX_COUNTERS: Final = 12
MAX_WARNING_SAMPLES: Final = 3
MAX_ATTEMPTS: Final = 10
MAX_ARTIFACTS: Final = 8
MAX_CONDITIONS: Final = 8

NAME: Final = 63
LABEL: Final = 100
COLUMN: Final = 100
VALUE: Final = 100
REASON: Final = 200
"""A warning's sentence, or why somebody changed desiredState."""
MESSAGE: Final = 512
IMAGE: Final = 255
URL: Final = 400
COUNTER: Final = 32
WORD: Final = 40
"""A CamelCase reason, an outcome."""
