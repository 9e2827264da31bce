"""Does `kubectl pimjob files`."""

import os
import sys
from pathlib import Path
from typing import Any, BinaryIO

from pimjob_cli import arguments, files, paths, reader_pod, table, text
from pimjob_cli.arguments import Options
from pimjob_cli.choice import named
from pimjob_cli.errors import CliError, ServerError, UsageError
from pimjob_cli.files import Place
from pimjob_cli.job import Job
from pimjob_cli.reader_pod import Reader
from pimjob_cli.session import Session


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
    place = _place(session, options, job)
    # All is checked before a pod is started for it.
    remote = [files.remote_path(artifact, place.mount) for artifact in wanted]
    local = [_local(options, artifact) for artifact in wanted]
    seconds = 120 if options.timeout is None else options.timeout
    with reader_pod.reader(session, job, place, _image(options, job), seconds) as reader:
        for path, target in zip(remote, local, strict=True):
            if target is None:
                reader.send(path, sys.stdout.buffer)
            else:
                count = _save(reader, path, target)
                session.terminal.print(f"{target} ({text.size(count)})")
    return 0


def _place(session: Session, options: Options, job: Job) -> Place:
    """Return the claim that the job's last attempt mounts, or the usual one."""
    found = None
    if options.claim is None and job.attempts:
        try:
            made = session.api.get(paths.batch_job(job.namespace, job.attempts[-1]["job"]))
            found = files.place_in(made["spec"]["template"]["spec"])
        except ServerError as error:
            usual = f"{files.DEFAULT_CLAIM} is tried; --claim names another"
            session.terminal.say(text.clean(f"The job's claim cannot be read: {error}; {usual}"))
    return found or Place(options.claim or files.DEFAULT_CLAIM)


def _image(options: Options, job: Job) -> str:
    last = job.attempts[-1].get("image") if job.attempts else None
    image = options.image or last
    if not image:
        raise UsageError("the job has run on no image yet; --image names one that has python3")
    return str(image)


def _local(options: Options, artifact: dict[str, Any]) -> Path | None:
    if options.to == "-":
        return None
    target = Path(options.to) / files.local_name(artifact)
    if target.exists() and not options.force:
        raise CliError(f"{target} is there already; --force replaces it")
    return target


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
