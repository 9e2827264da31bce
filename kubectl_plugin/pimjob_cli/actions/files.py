"""Does `kubectl pimjob files`."""

import contextlib
import os
import sys
from pathlib import Path
from typing import Any, BinaryIO

from pimjob_cli import arguments, files, paths, reader_pod, table, text
from pimjob_cli.arguments import Options
from pimjob_cli.choice import named
from pimjob_cli.errors import CliError, ServerError, UsageError
from pimjob_cli.files import Place, Spec
from pimjob_cli.job import Job
from pimjob_cli.reader_pod import Reader
from pimjob_cli.session import Session
from pimjob_cli.streams import discard


def run(session: Session, options: Options) -> int:
    """List or download."""
    [name] = arguments.references([options.job], "pimjob")
    [job] = named(session, [name])
    if not (options.files or options.kind or options.all):
        return _list(session, options, job)
    wanted = files.wanted(job.artifacts, options.files, options.kind, every=options.all)
    if not wanted:
        raise CliError(f"{job.name} has no such files")
    if options.to == "-" and len(wanted) > 1:
        raise UsageError("--to - prints one file; name it")
    return _download(session, options, job, wanted)


def _list(session: Session, options: Options, job: Job) -> int:
    if not job.artifacts:
        session.terminal.say(f"{job.name} has no files.")
        return 0
    rows = [
        [
            a["name"],
            a["kind"],
            text.NOTHING if a.get("bytes") is None else text.size(a["bytes"]),
            a["url"],
        ]
        for a in job.artifacts
    ]
    headers = ("NAME", "KIND", "SIZE", "URL")
    for line in table.lines(
        headers, rows, paint=session.paint, show_headers=not options.no_headers
    ):
        session.terminal.print(line)
    return 0


def _download(session: Session, options: Options, job: Job, wanted: list[dict[str, Any]]) -> int:
    pod = _pod(session, options, job)
    found = files.place_in(pod) or Place()
    place = Place(options.claim) if options.claim else found
    # All is checked before a pod is started for it.
    remote = [files.remote_path(artifact, place.mount) for artifact in wanted]
    local = [_local(options, artifact) for artifact in wanted]
    seconds = 120 if options.timeout is None else options.timeout
    image = _image(options, job, pod)
    with reader_pod.reader(session, job, place, image, pod, seconds=seconds) as reader:
        for path, target in zip(remote, local, strict=True):
            if target is None:
                _print(reader, path)
            else:
                count = _save(reader, path, target)
                session.terminal.print(f"{target} ({text.size(count)})")
    return 0


def _pod(session: Session, options: Options, job: Job) -> Spec:
    """Return the pod of the last attempt whose Job is there; empty if none is, or may be read."""
    for attempt in reversed(job.attempts):
        try:
            made = session.api.get(paths.batch_job(job.namespace, attempt["job"]))
        except ServerError as error:
            if error.is_missing:
                continue
            _tell_unknown(session, options, str(error))
            return {}
        return _with_pull_secrets(session, job.namespace, made["spec"]["template"]["spec"])
    if job.attempts:
        _tell_unknown(session, options, "no Job of it is left")
    return {}


def _tell_unknown(session: Session, options: Options, why: str) -> None:
    if options.claim is None:
        usual = f"{files.DEFAULT_CLAIM} is tried; --claim names another"
        session.terminal.say(text.clean(f"The job's claim cannot be read: {why}; {usual}"))


def _with_pull_secrets(session: Session, namespace: str, pod: Spec) -> Spec:
    """Add those of the pod's account, which Kubernetes adds to a pod that names none."""
    if pod.get("imagePullSecrets") or not pod.get("serviceAccountName"):
        return pod
    with contextlib.suppress(ServerError):
        account = session.api.get(paths.account(namespace, pod["serviceAccountName"]))
        return pod | {"imagePullSecrets": account.get("imagePullSecrets") or []}
    return pod


def _image(options: Options, job: Job, pod: Spec) -> str:
    recorded = job.attempts[-1].get("image") if job.attempts else None
    image = options.image or files.runner_of(pod).get("image") or recorded
    if not image:
        raise UsageError("the job has run on no image yet; --image names one that has python3")
    return str(image)


def _local(options: Options, artifact: dict[str, Any]) -> Path | None:
    if options.to == "-":
        return None
    folder = Path(options.to)
    if not folder.is_dir():
        raise CliError(f"{folder} is no folder that is there")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise CliError(f"{folder} is a folder in which nothing may be written")
    target = folder / files.local_name(artifact)
    if target.exists() and not options.force:
        raise CliError(f"{target} is there already; --force replaces it")
    return target


def _print(reader: Reader, path: str) -> None:
    """Write a file to standard output."""
    try:
        reader.send(path, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        discard(sys.stdout)
        raise CliError(f"standard output cannot be written: {error.strerror}") from None


def _save(reader: Reader, path: str, target: Path) -> int:
    """Save a file, whole or not at all."""
    part = target.with_name(f".{target.name}.{os.urandom(4).hex()}.part")
    try:
        file: BinaryIO
        with part.open("xb") as file:
            count = reader.send(path, file)
        os.replace(part, target)  # noqa: PTH105 - atomic, as it says
    except OSError as error:
        raise CliError(f"{target} cannot be written: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
    return count
