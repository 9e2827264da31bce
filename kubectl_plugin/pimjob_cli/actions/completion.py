"""Does `kubectl pimjob completion`."""

import shutil
import sys
from pathlib import Path

from pimjob_cli.arguments import Options
from pimjob_cli.commands.completion import NAME, SHELLS
from pimjob_cli.errors import CliError
from pimjob_cli.session import Session

_SCRIPT = '#!/bin/sh\nexec kubectl-pimjob __complete "$@"\n'


def run(session: Session, options: Options) -> int:
    """Print or write the file."""
    if options.shell:
        session.terminal.print(SHELLS[options.shell])
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
