"""What is said: a CloudEvent for programs, a title and a few lines for people. Pure."""

import json
import re
from collections.abc import Mapping
from typing import Any

from pimjob_api.names import API_VERSION
from pimjob_api.notices import EVENT_TYPES, OF_RELEASES, NotifierEvent

Object = Mapping[str, Any]

_WORDS = {
    NotifierEvent.COMPLETED: "has completed",
    NotifierEvent.FAILED: "has failed",
    NotifierEvent.STOPPED: "was stopped",
    NotifierEvent.WARNINGS_OVER: "has many warnings",
    NotifierEvent.RELEASE_PAUSED: "jobs have made room",
    NotifierEvent.RELEASE_RESUMED: "jobs go on",
}

_CALL = re.compile("@(?=everyone|here|channel|all)", re.IGNORECASE)
"""What calls a whole chat; an invisible space makes it plain text."""


def cloud_event(row: Object) -> bytes:
    """Return the CloudEvent of a PimNotification: the same bytes whenever it is sent."""
    spec, subject = row["spec"], row["spec"]["subject"]
    namespace, plural = row["metadata"]["namespace"], f"{subject['kind'].lower()}s"
    event = {
        "specversion": "1.0",
        "id": spec["id"],
        "source": f"/apis/{API_VERSION}/namespaces/{namespace}/{plural}/{subject['name']}",
        "type": EVENT_TYPES[NotifierEvent(spec["event"])],
        "subject": subject["name"],
        "time": spec["time"],
        "datacontenttype": "application/json",
        "data": spec["data"],
    }
    return json.dumps(event, sort_keys=True, separators=(",", ":")).encode()


def title(row: Object) -> str:
    """Return one line for people."""
    event, data = NotifierEvent(row["spec"]["event"]), row["spec"]["data"]
    name = data.get("label") or row["spec"]["subject"]["name"]
    subject = f"Release {name}: " if event in OF_RELEASES else f"{name} "
    return _line(f"{subject}{_WORDS[event]}")


def body(row: Object) -> str:
    """Return the details for people, a line each."""
    event, data = NotifierEvent(row["spec"]["event"]), row["spec"]["data"]
    lines = _release(data) if event in OF_RELEASES else _job(data)
    place = f"{row['metadata']['namespace']}/{row['spec']['subject']['name']}"
    told = [f"{name}: {_line(str(value))}" for name, value in lines if value not in {None, ""}]
    return "\n".join(
        [*told, f"{row['spec']['subject']['kind']}: {place}", f"Id: {row['spec']['id']}"]
    )


def _job(data: Object) -> list[tuple[str, Any]]:
    stop = data.get("stop") or {}
    return [
        ("Message", data.get("message")),
        ("Type", data.get("type")),
        ("Launched by", data.get("user")),
        ("Stopped by", stop.get("by")),
        ("Because", stop.get("reason")),
        ("Items", data.get("processed")),
        ("Warnings", data.get("warnings")),
        ("Started", data.get("startTime")),
        ("Ended", data.get("completionTime")),
    ]


def _release(data: Object) -> list[tuple[str, Any]]:
    return [
        ("About", data.get("about")),
        ("Paused", data.get("paused")),
        ("Waiting", data.get("held")),
        ("Go on", data.get("resumed")),
    ]


def _line(text: str) -> str:
    """Return a text as one line that calls nobody: a subject of an e-mail, or a chat."""
    shown = _CALL.sub("@\u200b", text)
    kept = "".join(c if c.isprintable() or c == "\u200b" else " " for c in shown)
    return " ".join(kept.split())
