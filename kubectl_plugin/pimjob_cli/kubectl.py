"""The kubectl that has the credentials, called with the flags that it was given to us with."""

import os
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pimjob_cli.errors import UnreachableError

_SERVICE_ACCOUNT_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")


@dataclass(frozen=True)
class Kubectl:
    """kubectl, and its global flags: --context, --as and so on."""

    flags: Sequence[str] = ()
    quiet: bool = False
    """Whether nobody wants to know what it has to say."""

    def command(self, *arguments: str) -> list[str]:
        """Return a command line."""
        return ["kubectl", *arguments[:1], *self.flags, *arguments[1:]]

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Run it beside us; standard output is a pipe."""
        try:
            return subprocess.Popen(  # noqa: S603 - arguments, never a shell
                self.command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
        except FileNotFoundError:
            raise missing() from None

    def run(self, *arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        """Run it to its end."""
        try:
            return subprocess.run(  # noqa: S603 - arguments, never a shell
                self.command(*arguments),
                input=stdin,
                capture_output=True,
                text=True,
                check=False,
            )
        except FileNotFoundError:
            raise missing() from None

    def show(self, *arguments: str, stdin: str | None = None) -> int:
        """Let it print in our place; return its exit code.

        Raises BrokenPipeError if whoever reads has left.
        """
        try:
            code = subprocess.run(  # noqa: S603 - arguments, never a shell
                self.command(*arguments), input=stdin, text=True, check=False
            ).returncode
        except FileNotFoundError:
            raise missing() from None
        if code == -signal.SIGPIPE:
            raise BrokenPipeError
        return code


def missing() -> UnreachableError:
    """Say what to do without kubectl."""
    return UnreachableError("kubectl is not on your PATH; kubernetes.io/docs/tasks/tools has it")


class CurrentNamespace:
    """The namespace of the current context; kubectl is asked while other things are done."""

    def __init__(self, kubectl: Kubectl) -> None:
        self._asked = kubectl.start("config", "view", "--minify", "--output=jsonpath={..namespace}")

    def get(self) -> str:
        """Return it, in a pod without a kubeconfig the pod's own."""
        answer, _ = self._asked.communicate()
        if answer:
            return answer
        if self._asked.returncode and _SERVICE_ACCOUNT_NAMESPACE.exists():
            return _SERVICE_ACCOUNT_NAMESPACE.read_text(encoding="utf-8").strip()
        return os.environ.get("POD_NAMESPACE") or "default"
