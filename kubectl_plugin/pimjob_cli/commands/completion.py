"""`kubectl pimjob completion`."""

from pimjob_cli.arguments import Parser

NAME = "kubectl_complete-pimjob"
EXAMPLES = f"""\
  kubectl pimjob completion              the file {NAME}, to be put on your PATH
  kubectl pimjob completion --install    puts it beside kubectl-pimjob
  kubectl pimjob completion bash         what your shell needs for kubectl itself

kubectl's own completion of bash, zsh, fish and PowerShell calls {NAME},
so one file serves all four. pipx installs it by itself; a single downloaded file, and krew,
do not.
"""
SHELLS = {
    "bash": "source <(kubectl completion bash)      # in ~/.bashrc; needs bash-completion",
    "zsh": "source <(kubectl completion zsh)       # in ~/.zshrc, after compinit",
    "fish": "kubectl completion fish | source       # in ~/.config/fish/config.fish",
    "powershell": "kubectl completion powershell | Out-String | Invoke-Expression  # in $PROFILE",
}


def configure(parser: Parser) -> None:
    """Say what it takes."""
    parser.add_argument("shell", nargs="?", choices=tuple(SHELLS), help="what it needs")
    parser.add_argument("--install", action="store_true", help=f"write {NAME}")
