"""Does `kubectl pimjob run`."""

import json

from pimjob_cli import launch, paths
from pimjob_cli.arguments import Options
from pimjob_cli.errors import CliError, UsageError, may_pass
from pimjob_cli.job import Job
from pimjob_cli.session import Session
from pimjob_cli.waiting import wait_for_end


def run(session: Session, options: Options) -> int:
    """Launch."""
    if not (options.what or options.from_file):
        raise UsageError("what? Name a type or a profile, or give --from-file")
    file = (
        launch.from_file(session, options.from_file, options.namespace) if options.from_file else {}
    )
    spec, found = launch.what(session, options.what or _type_of(file, options.from_file))
    body = launch.complete(file, spec, name=options.name, label=options.label, user=session.user)
    launch.add_parameters(body, found, options.parameter)
    job = _send(session, options, body)
    _tell(session, options, job)
    if options.wait and options.dry_run == "none":
        session.terminal.flush()
        return wait_for_end(session, [job], options.timeout)
    return 0


def _type_of(file: launch.Manifest, name: str) -> str:
    found = (file.get("spec") or {}).get("type")
    if not found:
        raise UsageError(f"{name} names no type: kubectl pimjob run TYPE --from-file {name}")
    return f"type/{found}"


def _send(session: Session, options: Options, body: launch.Manifest) -> Job:
    given = body["metadata"].get("namespace")
    if given and options.namespace and given != options.namespace:
        raise UsageError(f"the file is for namespace {given}, and -n says {options.namespace}")
    body["metadata"]["namespace"] = given or session.namespace
    if options.dry_run == "client":
        return Job(body)
    dry = {"dryRun": "All"} if options.dry_run == "server" else {}
    path = paths.jobs(body["metadata"]["namespace"])
    try:
        return Job(session.api.create(path, body, fieldValidation="Strict", **dry))
    except CliError as error:
        if dry or not may_pass(error):
            raise
        name = Job(body).reference
        raise CliError(f"{name}: perhaps created; look before you run it again: {error}") from None


def _tell(session: Session, options: Options, job: Job) -> None:
    print_ = session.terminal.print
    if options.output == "name":
        print_(job.reference)
    elif options.output == "json":
        print_(_json(job))
    elif options.output == "yaml":
        print_(_yaml(session, job).rstrip())
    else:
        dry = "" if options.dry_run == "none" else f" ({options.dry_run} dry run)"
        print_(f"{job.reference} created{dry}")


def _json(job: Job) -> str:
    """Return JSON; what a terminal would not show as it is is escaped."""
    whole = json.dumps(job.body, indent=4, ensure_ascii=False)
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in whole)


def _yaml(session: Session, job: Job) -> str:
    """Let kubectl write YAML."""
    done = session.kubectl.run(
        *("patch", "--local", "--filename=-", "--type=merge", "--patch={}", "--output=yaml"),
        stdin=json.dumps(job.body),
    )
    if done.returncode:
        raise CliError(done.stderr.strip())
    return done.stdout
