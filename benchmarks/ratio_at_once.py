"""Three imports of the same products in different orders: at once, and one after the other.

A runner that crashes is started again at once, as often as it takes: it goes on at its
checkpoint. In a cluster each crash costs a new pod and a pause besides.
"""

import json
import random
import subprocess
import time
from collections.abc import Sequence

from import_figures import Figure
from import_files import COLUMNS, product_rows, write_file
from import_lab import PRODUCTS, Lab, as_in_the_image, job_command

_IMPORTS = 3
_MOST_CRASHES = 100


def measure_at_once(lab: Lab, rows: int) -> list[Figure]:
    """Compare the seconds of both ways, for products that are created, and changed."""
    found = []
    for doing in ("created", "changed"):
        # Ways have products of their own, so that both find the same: none, or all.
        in_turn = _files(lab, rows, "turn", doing)
        at_once = _files(lab, rows, "once", doing)
        seconds, crashes = _at_once(lab, at_once)
        alone = sum(_at_once(lab, [file])[0] for file in in_turn)
        found.append(
            Figure(
                f"three at once, {doing}", seconds * 1e3, alone * 1e3, "ms",
                "one after the other", "at most 1", f"{crashes} crashes",
            )
        )  # fmt: skip
    return found


def _files(lab: Lab, rows: int, prefix: str, doing: str) -> list[str]:
    """Write a file for each import: every row of each says something of its own."""
    names = []
    for number in range(_IMPORTS):
        stock = number + (_IMPORTS if doing == "changed" else 0)
        cells = [[f"{prefix}-{c[0]}", *c[1:]] for c in product_rows(rows, stock=stock)]
        random.Random(number).shuffle(cells)  # noqa: S311 - the same orders each time
        names.append(f"{prefix}_{doing}_{number}.csv")
        write_file(lab.file(names[-1]), COLUMNS, cells)
    return names


def _at_once(lab: Lab, files: Sequence[str]) -> tuple[float, int]:
    """Import files at once; return seconds and crashes."""
    commands = [job_command(lab.data, lab.database, PRODUCTS, file) for file in files]
    began, crashes = time.monotonic(), 0
    running = [(command, _start(command)) for command in commands]
    while running:
        command, process = running.pop(0)
        if process.poll() is None:
            time.sleep(0.005)
            running.append((command, process))
        elif process.returncode != 0:
            crashes += 1
            if crashes > _MOST_CRASHES:
                raise RuntimeError(f"{files}: {crashes} crashes, and no end")
            running.append((command, _start(command)))
        else:
            _check(process)
    return time.monotonic() - began, crashes


def _start(command: Sequence[str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=as_in_the_image()
    )


def _check(process: "subprocess.Popen[bytes]") -> None:
    output = process.stdout.read() if process.stdout else b""
    result = json.loads(output.splitlines()[-1])
    if result["outcome"] != "Completed":
        raise RuntimeError(f"Not completed: {result}")
