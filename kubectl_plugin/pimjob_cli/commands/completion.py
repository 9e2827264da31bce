"""`kubectl pimjob completion`."""

import shutil
import sys
from pathlib import Path

from pimjob_cli.arguments import Options, Parser
from pimjob_cli.errors import CliError
from pimjob_cli.session import Session

NAME = "kubectl_complete-pimjob"
EXAMPLES = f"""\
  kubectl pimjob completion              the file {NAME}, to be put on your PATH
  kubectl pimjob completion --install    puts it beside kubectl-pimjob
  kubectl pimjob completion bash         what your shell needs for kubectl itself

kubectl's own completion of bash, zsh, fish and PowerShell calls {NAME},
so one file serves all four. pipx installs it by itself; a single downloaded file, and krew,
do not.
"""
_SCRIPT = '#!/bin/sh\nexec kubectl-pimjob __complete "$@"\n'
_SHELLS = {
    "bash": "source <(kubectl completion bash)      # in ~/.bashrc; needs bash-completion",
    "zsh": "source <(kubectl completion zsh)       # in ~/.zshrc, after compinit",
    "fish": "kubectl completion fish | source       # in ~/.config/fish/config.fish",
    "powershell": "kubectl completion powershell | Out-String | Invoke-Expression  # in $PROFILE",
}


def configure(parser: Parser) -> None:
    """Say what it takes."""
    parser.add_argument("shell", nargs="?", choices=tuple(_SHELLS), help="what it needs")
    parser.add_argument("--install", action="store_true", help=f"write {NAME}")


def run(session: Session, options: Options) -> int:
    """Print or write the file."""
    if options.shell:
        session.terminal.print(_SHELLS[options.shell])
    elif options.install:
        session.terminal.print(str(_install()))
    else:
        session.terminal.out.write(_SCRIPT)
    return 0


def _install() -> Path:
    """Write the file beside the command."""
    found = shutil.which("kubectl-pimjob") or sys.argv[0]
    target = Path(found).with_name(NAME)
    try:
        target.write_text(_SCRIPT, encoding="utf-8")
        target.chmod(0o755)
    except OSError as error:
        raise CliError(
            f"{target} cannot be written ({error.strerror}): kubectl pimjob completion"
            f" > FOLDER/{NAME}, and make it executable, in a folder of your PATH"
        ) from None
    if shutil.which(NAME) is None:
        raise CliError(f"{target} is written, but its folder is not on your PATH")
    return target
