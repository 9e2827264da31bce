"""A network that loses packets silently: no reset, no error, only silence."""

import os
import subprocess
import sys
from pathlib import Path

import lost_packets
import pytest

TESTS = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="loses packets in a network namespace, which takes root"
)


@pytest.mark.parametrize("direction", ["out", "in", "while it works"])
def test_a_postgresql_whose_packets_are_lost_is_an_outage_after_a_while(
    postgres_url: str, direction: str
) -> None:
    script = Path(lost_packets.__file__)
    done = subprocess.run(
        ["unshare", "--net", sys.executable, str(script), postgres_url, direction],
        env={**os.environ, "PYTHONPATH": f"{script.parent}:{TESTS}"},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    *said, seconds = done.stdout.splitlines()
    assert "could not receive data from server: Connection timed out" in " ".join(said)
    # As the limits of this test are; the runner's own are half a minute.
    assert int(seconds) <= 15
