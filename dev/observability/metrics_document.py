"""Writes docs/metrics.md from the definitions of the metrics. `--check` only compares."""

import argparse
import sys
from pathlib import Path

import pimjob_notifier.metrics
import pimjob_operator.metrics
from pimjob_kube.metered import Definition, Values

FILE = Path(__file__).resolve().parents[2] / "docs" / "metrics.md"

HEAD = """\
<!-- Generated from metrics.py of operator and notifier by `make generate`. Change those instead. -->
# Metrics

The operator serves them at `/metrics`, port 8080, one endpoint for all jobs: runner pods need not be scraped, because
what they count stands in the status of their PimJobs ([decision 85](decisions/0085-runners-are-not-scraped.md)). No label
names a single job. Counters begin at zero when the operator starts, so ask with `rate` or `increase`. Of two replicas only
the active one counts; where both are scraped, use `sum` for counters and `max` for gauges.

`process_*` and `python_*` of the same endpoint are about the operator's own process.
"""

NOTIFIER = """
# The notifier's metrics

It serves them as the operator does, at its own endpoint.
"""


def document() -> str:
    """Return the text of the document."""
    operator = map(_entry, pimjob_operator.metrics.DEFINITIONS)
    notifier = map(_entry, pimjob_notifier.metrics.DEFINITIONS)
    return HEAD + "".join(operator) + NOTIFIER + "".join(notifier)


def _entry(found: Definition) -> str:
    labels = "".join(f"- `{name}`: {_values(values)}\n" for name, values in found.labels.items())
    return (
        f"\n## {found.name}\n\n{found.kind.capitalize()}. {found.about}\n"
        + (f"\n{labels}" if labels else "")
        + f"\n```promql\n{found.query}\n```\n"
    )


def _values(values: Values) -> str:
    return values if isinstance(values, str) else ", ".join(f"`{value}`" for value in values)


def main() -> int:
    """Write the document, or compare it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail if the file differs")
    options = parser.parse_args()
    if not options.check:
        FILE.write_text(document(), encoding="utf-8")
        return 0
    same = FILE.is_file() and FILE.read_text(encoding="utf-8") == document()
    print("" if same else f"{FILE} is not what the code says. Run: make generate", end="")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
