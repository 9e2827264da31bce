"""Does `kubectl pimjob releases`."""

import time
from typing import Any

from pimjob_api.gate import Gate
from pimjob_api.names import API_VERSION, KIND_PIMRELEASE
from pimjob_cli import arguments, paths, table, text
from pimjob_cli.arguments import Options
from pimjob_cli.errors import CliError, ServerError, UsageError, may_pass
from pimjob_cli.exit_codes import TIMED_OUT
from pimjob_cli.session import Session, now

_COUNTS = ("running", "draining", "paused", "held", "finishing", "resumed")
_POLL = 1.0
_LABEL_PARTS = 2
Release = dict[str, Any]


def run(session: Session, options: Options) -> int:
    """Do it."""
    names = arguments.references(options.releases, "pimrelease")
    if options.action != "list" and not names:
        raise UsageError(f"which? kubectl pimjob releases {options.action} NAME")
    if options.action == "close":
        return max(_close(session, options, name) for name in names)
    if options.action == "open":
        return max(_open(session, name) for name in names)
    if options.action == "status":
        return _status(session, names)
    return _list(session, options, names)


def _list(session: Session, options: Options, names: list[str]) -> int:
    where = None if options.all_namespaces else session.namespace
    found = session.api.items(paths.releases(where))
    found = [item for item in found if not names or item["metadata"]["name"] in names]
    if not found:
        session.terminal.say("No releases found.")
        return 0
    spaces = ("NAMESPACE",) if options.all_namespaces else ()
    headers = (*spaces, "NAME", "GATE", "REASON", *(c.upper() for c in _COUNTS), "SINCE")
    rows = [_row(item, namespaces=bool(spaces)) for item in found]
    for line in table.lines(
        headers, rows, paint=session.paint, show_headers=not options.no_headers
    ):
        session.terminal.print(line)
    return 0


def _row(release: Release, *, namespaces: bool) -> table.Row:
    status, metadata = release.get("status") or {}, release["metadata"]
    gate = str(status.get("gate") or text.NOTHING)
    colour = {str(Gate.CLOSED): "yellow", str(Gate.OPEN): "green"}.get(gate, "")
    return [
        *([metadata["namespace"]] if namespaces else []),
        metadata["name"],
        table.Cell(gate, colour),
        str(status.get("reason") or text.NOTHING),
        *(str(status.get(count, 0)) for count in _COUNTS),
        _since(status),
    ]


def _since(status: dict[str, Any]) -> str:
    times = {Gate.CLOSED: "closedAt", Gate.OPEN: "openedAt"}
    at = text.parse_time(status.get(times.get(status.get("gate", ""), "")))
    return text.NOTHING if at is None else text.duration((now() - at).total_seconds())


def _status(session: Session, names: list[str]) -> int:
    print_, paint = session.terminal.print, session.paint
    for place, name in enumerate(names):
        release = session.api.get(paths.release(session.namespace, name))
        status = release.get("status") or {}
        if place:
            print_()
        print_(f"{paint(text.clean(name), 'bold')}   {_sentence(status)}")
        for line in table.lines(
            [c.upper() for c in _COUNTS],
            [[str(status.get(count, 0)) for count in _COUNTS]],
            paint=paint,
        ):
            print_(line)
        for field in ("closedAt", "drainedAt", "openedAt"):
            if status.get(field):
                print_(
                    text.clean(f"{field.removesuffix('At').capitalize() + ':':<10}{status[field]}")
                )
        for condition in status.get("conditions") or ():
            if condition["status"] == "True":
                print_(text.clean(f"{condition['type'] + ':':<10}{condition.get('message', '')}"))
    return 0


def _sentence(status: dict[str, Any]) -> str:
    if "gate" not in status:
        return "not seen by the operator yet"
    return text.clean(f"{status['gate']} ({status.get('reason', '')}): {status.get('message', '')}")


def _close(session: Session, options: Options, name: str) -> int:
    spec: dict[str, Any] = {"gate": str(Gate.CLOSED)}
    if options.reason is not None:
        spec["reason"] = options.reason
    if options.deadline is not None:
        spec["deadlineSeconds"] = text.parse_duration(options.deadline)
    release = _close_existing(session, name, spec, labels=_labels(options.jobs))
    session.terminal.print(text.clean(f"pimrelease.{API_VERSION.split('/')[0]}/{name} closed"))
    session.terminal.flush()
    return _wait(session, options, release) if options.wait else 0


def _close_existing(
    session: Session, name: str, spec: dict[str, Any], labels: dict[str, str]
) -> Release:
    """Close a gate that there is, or make one that is closed."""
    try:
        found: Release = session.api.patch(paths.release(session.namespace, name), {"spec": spec})
    except ServerError as error:
        if not error.is_missing:
            raise
        body = {
            "apiVersion": API_VERSION,
            "kind": KIND_PIMRELEASE,
            "metadata": {"name": name},
            "spec": {**spec, **({"selector": {"matchLabels": labels}} if labels else {})},
        }
        made: Release = session.api.create(paths.releases(session.namespace), body)
        return made
    if labels and found["spec"].get("selector") != {"matchLabels": labels}:
        session.terminal.say(f"Warning: {name} was there; whom it concerns is left as it is")
    return found


def _labels(given: list[str]) -> dict[str, str]:
    pairs = [pair.split("=", 1) for text_ in given for pair in text_.split(",")]
    if any(len(pair) != _LABEL_PARTS for pair in pairs):
        raise UsageError("--jobs: write LABEL=VALUE")
    return {label: value for label, value in pairs}  # noqa: C416 - a pair is a list here


def _wait(session: Session, options: Options, release: Release) -> int:
    """Say how many jobs are where, until none runs."""
    deadline = None if options.timeout is None else time.monotonic() + options.timeout
    path, said = paths.release(session.namespace, release["metadata"]["name"]), ""
    generation = int(release["metadata"]["generation"])
    while True:
        status = _seen(session, path)
        if int(status.get("observedGeneration") or 0) >= generation:
            counts = ", ".join(f"{status.get(count, 0)} {count}" for count in _COUNTS[:5])
            if counts != said:
                session.terminal.say(counts)
                said = counts
            if _is(status, "Drained"):
                return 0
            if status.get("gate") == Gate.OPEN:
                raise CliError(f"the gate has opened meanwhile: {_sentence(status)}")
        if deadline is not None and time.monotonic() >= deadline:
            session.terminal.say("error: timed out: jobs still run")
            return TIMED_OUT
        time.sleep(_POLL)


def _seen(session: Session, path: str) -> dict[str, Any]:
    """Return a status; an empty one while the API server does not answer."""
    try:
        return session.api.get(path).get("status") or {}
    except CliError as error:
        if may_pass(error):
            return {}
        raise


def _is(status: dict[str, Any], condition: str) -> bool:
    conditions = status.get("conditions") or ()
    return any(c["type"] == condition and c["status"] == "True" for c in conditions)


def _open(session: Session, name: str) -> int:
    body = {"spec": {"gate": str(Gate.OPEN)}}
    found = session.api.patch(paths.release(session.namespace, name), body)
    session.terminal.print(text.clean(f"pimrelease.{API_VERSION.split('/')[0]}/{name} opened"))
    if found["spec"].get("deployments"):
        session.terminal.say("It still closes by itself for rollouts of its Deployments.")
    return 0
