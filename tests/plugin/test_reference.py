"""docs/kubectl.md says what --help says."""

import subprocess
import sys

from support.control_plane import ROOT


def test_the_document_is_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "dev" / "plugin" / "reference.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stderr, done.returncode) == ("", 0)
