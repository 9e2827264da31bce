"""`kubectl proxy` on a socket that only this user can open, for as long as this process lives.

One kubectl for any number of requests, with whatever way of logging in the kubeconfig
names. It ends with us, however we end: its shell waits for the other end of a pipe that
nobody but us holds.
"""

import os
import subprocess

from pimjob_cli.errors import CliError, UnreachableError
from pimjob_cli.kubectl import Kubectl, missing

# A Ctrl-C in the terminal, or that it is closed, is for us, who still want to tell what was done
# and to delete what was made. What cleans up outlives any signal to all of us, as `timeout`
# sends it.
_SCRIPT = """\
trap "" INT HUP
{ trap "" TERM; read -r _ <"/dev/fd/$1"; kill $$; rm -rf "$2"; } >/dev/null 2>&1 &
shift 2
exec "$@"
"""
_SAID = "Starting to serve on"


class Proxy:
    """Starts at once; `address` waits until it listens."""

    def __init__(self, kubectl: Kubectl) -> None:
        self._folder = _private_folder()
        self._socket = os.path.join(self._folder, "s")  # noqa: PTH118 - pathlib costs start-up time
        lifeline, self._life = os.pipe()
        command = kubectl.command("proxy", f"--unix-socket={self._socket}")
        try:
            self._process = subprocess.Popen(  # noqa: S603 - a fixed script, arguments as arguments
                ["/bin/sh", "-c", _SCRIPT, "sh", str(lifeline), self._folder, *command],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL if kubectl.quiet else None,
                pass_fds=(lifeline,),
                text=True,
            )
        finally:
            os.close(lifeline)

    @property
    def address(self) -> str:
        """The socket's path. Raises CliError if kubectl has ended; it has said why."""
        if self._process.stdout and not self._process.stdout.closed:
            with self._process.stdout as output:
                said = output.readline()
            if not said.startswith(_SAID):
                if self._process.wait() == _NOT_FOUND:
                    raise missing()
                raise UnreachableError("kubectl could not connect to a cluster")
        if self._process.poll() is not None:
            raise CliError("the kubectl through which the API server is asked has ended")
        return self._socket

    def close(self) -> None:
        """End it."""
        os.close(self._life)
        self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()


_NOT_FOUND = 127
_USUAL = "/tmp"  # noqa: S108 - the folder in it is ours alone
_LONGEST = 75
"""A socket's path has at most 104 bytes on some systems."""


def _private_folder() -> str:
    parent = os.environ.get("TMPDIR") or _USUAL
    if len(parent) > _LONGEST:
        parent = _USUAL
    folder = os.path.join(parent, f"pimjob-{os.getpid()}-{os.urandom(4).hex()}")  # noqa: PTH118
    try:
        os.mkdir(folder, mode=0o700)  # noqa: PTH102 - fails if it is there already
    except OSError as error:
        raise CliError(
            f"{parent} takes no folder for a socket ({error.strerror}); set TMPDIR to one that does"
        ) from None
    return folder
