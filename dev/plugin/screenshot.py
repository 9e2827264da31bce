"""Draws docs/images/kubectl-pimjob.svg: real output of the plugin, from a real API server.

PYTHONPATH=tests python dev/plugin/screenshot.py
"""

import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from support.control_plane import ROOT, control_plane
from support.install import install_contract
from support.plugin import PROGRAM, Jobs, Plugin, attempt
from support.terminal_session import terminal_session

FILE = ROOT / "docs" / "images" / "kubectl-pimjob.svg"
COLUMNS = 132
_MOVES = re.compile(r"\x1b\[\??[0-9;]*[A-LN-Za-ln-z]|\r")
# They name hosts, which a file of this project does not.
_HOSTS = re.compile(r"\s*@font-face \{.*?\}\n|<!-- Generated with .*? -->", re.DOTALL)


def step(name: str, label: str, phase: str, **fields: Any) -> dict[str, Any]:
    """Return a step."""
    return {"name": name, "label": label, "phase": phase, **fields}


def put(jobs: Jobs) -> None:
    """Put a morning's jobs there."""
    done = {"trackable": True, "total": 48200, "processed": 48200}
    samples = [
        {"line": 311, "column": "price-EUR", "value": "12,x", "reason": "is no number"},
        {"line": 2048, "column": "color", "value": "turquise", "reason": "is no option of color"},
    ]
    counters = {"read": 20244, "created": 1310, "updated": 6121, "unchanged": 12801, "invalid": 12}
    running = [
        step("download", "Fetch the file", "Completed", activeSeconds=1),
        step("validate", "Check the file", "Completed", activeSeconds=2, **done),
        step(
            *("import", "Import products", "Running"),
            **{**done, "processed": 20244},
            counters=counters,
            warnings=12,
            warningSamples=samples,
            activeSeconds=41,
            etaSeconds=57,
        ),
        step("associations", "Import associations", "Pending"),
    ]
    jobs.put("spring-prices", {"phase": "Failed", "reason": "InvalidHeader"}, label="Spring prices")
    jobs.put("categories", {"phase": "Completed", "progress": "100%"}, label="Categories",
             type="csv_category_import")  # fmt: skip
    jobs.put("supplier-b", {"phase": "Completed", "progress": "100%", "warnings": 3},
             label="Supplier B")  # fmt: skip
    jobs.put("supplier-a", {"phase": "Paused", "progress": "63%", "step": "3/4 Import products"},
             label="Supplier A")  # fmt: skip
    jobs.put(
        "daily-products",
        {
            "phase": "Running", "step": "3/4 Import products", "progress": "42%", "warnings": 12,
            "etaSeconds": 57, "activeSeconds": 44, "stoppable": True, "steps": running,
            "attempts": [
                attempt("daily-products", outcome="Interrupted", reason="EvictionByEvictionAPI"),
                attempt("daily-products", 2),
            ],
        },
        label="Daily products",
    )  # fmt: skip


def shown(plugin: Plugin, *arguments: str) -> str:
    """Return what a terminal shows."""
    command = [PROGRAM, *arguments, f"--namespace={plugin.namespace}"]
    with terminal_session(command, plugin.environment, columns=COLUMNS) as session:
        session.end()
        return _MOVES.sub("", session.raw).rstrip()


def main() -> int:
    """Draw."""
    with tempfile.TemporaryDirectory() as folder, control_plane(Path(folder)) as (api, kubeconfig):
        install_contract(api)
        api.create("/api/v1/namespaces", {"metadata": {"name": "pim"}})
        put(Jobs(api, "pim"))
        plugin = Plugin(kubeconfig, "pim", Path(folder))
        console = Console(record=True, width=COLUMNS, file=sys.stderr, force_terminal=True)
        for command in ("list --sort=phase", "get daily-products"):
            console.print(Text(f"$ kubectl pimjob {command}", style="bold green"))
            console.print(Text.from_ansi(shown(plugin, *command.split())))
            console.print()
        drawn = console.export_svg(title="kubectl pimjob", theme=MONOKAI)
    FILE.write_text(_HOSTS.sub("", drawn).strip() + "\n", encoding="utf-8")
    print(f"  {FILE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
