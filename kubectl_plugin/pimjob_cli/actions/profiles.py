"""Does `kubectl pimjob profiles`."""

from pimjob_api.names import GROUP
from pimjob_cli import arguments, paths
from pimjob_cli.arguments import Options
from pimjob_cli.errors import CliError, MissingKindError
from pimjob_cli.session import Session

MISSING = f"this cluster has no PimJobProfiles (CRD {paths.PLURAL_PROFILE}.{GROUP})"


def run(session: Session, options: Options) -> int:
    """Show."""
    names = arguments.references(options.profiles, "pimjobprofile")
    try:
        session.api.get(paths.profiles(session.namespace), limit="1")
    except MissingKindError:
        raise CliError(MISSING) from None
    output = [] if options.output == "table" else [f"--output={options.output}"]
    hidden = ["--no-headers"] if options.no_headers else []
    where = f"--namespace={session.namespace}"
    resource = f"{paths.PLURAL_PROFILE}.{GROUP}"
    return session.kubectl.show("get", resource, *names, where, *output, *hidden)
