"""Does `kubectl pimjob types`."""

from typing import Any

from pimjob_api.names import GROUP, PLURAL_PIMJOBTYPE, type_object_name
from pimjob_cli import arguments, job_types, paths, table, text
from pimjob_cli.arguments import Options
from pimjob_cli.session import Session
from pimjob_cli.table import Row


def run(session: Session, options: Options) -> int:
    """Show."""
    names = [type_object_name(name) for name in arguments.references(options.types, "pimjobtype")]
    headers = [] if not options.no_headers else ["--no-headers"]
    if not arguments.is_table(options.output):
        resource = f"{PLURAL_PIMJOBTYPE}.{GROUP}"
        return session.kubectl.show("get", resource, *names, f"--output={options.output}", *headers)
    if names:
        found = [session.api.get(paths.job_type(name)) for name in names]
        lines = [line for job_type in found for line in _detail(session, job_type)]
    else:
        lines = _list(session, options)
    for line in lines:
        session.terminal.print(line)
    return 0


def _list(session: Session, options: Options) -> list[str]:
    rows = [_row(job_type) for job_type in session.api.items(paths.TYPES)]
    if not rows:
        session.terminal.say("This cluster has no job types: is the operator running?")
        return []
    headers = ("NAME", "LABEL", "KIND", "STEPS", "STOPPABLE", "PAUSABLE", "READY")
    return table.lines(headers, rows, paint=session.paint, show_headers=not options.no_headers)


def _row(job_type: dict[str, Any]) -> Row:
    spec = job_type["spec"]
    return [
        job_type["metadata"]["name"],
        spec["label"],
        spec["kind"],
        str(len(spec["steps"])),
        _yes(spec.get("stoppable", True)),
        _yes(spec.get("pausable", True)),
        _ready(job_type),
    ]


def _ready(job_type: dict[str, Any]) -> str:
    conditions = (job_type.get("status") or {}).get("conditions") or ()
    found = [c for c in conditions if c["type"] == "Ready"]
    return str(found[0]["status"]) if found else text.NOTHING


def _yes(value: object) -> str:
    return "yes" if value else "no"


def _detail(session: Session, job_type: dict[str, Any]) -> list[str]:
    spec, paint = job_type["spec"], session.paint
    name = text.clean(job_type["metadata"]["name"])
    required = job_types.required_of(job_type)
    rows = [
        job_types.row(key, schema, required=key in required)
        for key, schema in sorted(
            job_types.parameters_of(job_type).items(), key=lambda item: item[0] not in required
        )
    ]
    steps = [[step["name"], step["label"]] for step in spec["steps"]]
    stop, pause = _yes(spec.get("stoppable", True)), _yes(spec.get("pausable", True))
    release = text.clean(spec.get("onRelease", "Pause"))
    return [
        f"{paint(text.clean(spec['label']), 'bold')}   {name}   {text.clean(spec['kind'])}",
        f"can be stopped: {stop}, paused: {pause}, on a release: {release}",
        "",
        *table.lines(("STEP", "LABEL"), steps, paint=paint),
        "",
        *(table.lines(("PARAMETER", "TYPE", "DEFAULT", "DESCRIPTION"), rows, paint=paint)
          if rows else ["No parameters."]),
        "",
    ]  # fmt: skip
