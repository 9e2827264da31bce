"""The UUIDs of products that a file creates without giving them one."""

from collections.abc import Callable
from hashlib import sha256

_NODE = (1 << 48) - 1


def new_uuids(job_id: str) -> Callable[[int], str]:
    """Return a function from a line's number to the UUID of the product that it creates.

    Version 8 of RFC 9562: 60 bits of the job, 62 bits of the line. After a crash a line
    gets the same UUID again. And they ascend with the lines, so that an index grows at
    its end: random ones touch nearly all of its pages in each chunk.
    """
    digest = sha256(job_id.encode()).hexdigest()
    job = f"{digest[:8]}-{digest[8:12]}-8{digest[12:15]}"

    def new_uuid(line: int) -> str:
        return f"{job}-{0x8000 | line >> 48:04x}-{line & _NODE:012x}"

    return new_uuid
