"""`make audit`: asks for known vulnerabilities of everything that is locked.

  audit.py                  the advisories of the Python Package Index
  audit.py --service osv    those of OSV

Exit code 0: each package was looked up and nothing is known. 1: something is known.
2: something could not be looked up, which is no good news and never counts as such.
"""

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("runner", "operator", "build", "dev", "supply-chain")
"""What is in the images comes first."""


SHOWN = 8
"""Packages that are named, of those that were not looked up."""


@dataclass(frozen=True)
class Findings:
    """What is known about the packages of a lock; `unknown` are those that were not looked up."""

    audited: int = 0
    vulnerable: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """A vulnerability weighs more than what is not known."""
        return 1 if self.vulnerable else 2 if self.unknown else 0


def findings_of(report: dict[str, Any]) -> Findings:
    """Read pip-audit's JSON. It reports success for packages that it has skipped; this does not."""
    dependencies = report["dependencies"]
    return Findings(
        audited=sum("skip_reason" not in one for one in dependencies),
        vulnerable=[
            f"{one['name']} {one['version']}: {found['id']}, mended in "
            + (", ".join(found["fix_versions"]) or "no version yet")
            for one in dependencies
            for found in one.get("vulns", ())
        ],
        unknown=[one["name"] for one in dependencies if "skip_reason" in one],
    )


def audit(lock: str, service: str) -> Findings:
    """Ask about one lock. What cannot be asked at all is unknown as a whole."""
    file = ROOT / "requirements" / f"{lock}.txt"
    # Hashes pin each version: nothing is resolved or installed.
    flags = ("--require-hashes", "--disable-pip", "--format=json", "--progress-spinner=off")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pip_audit",
            f"--vulnerability-service={service}",
            *flags,
            "-r",
            file,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        return findings_of(json.loads(done.stdout))
    except ValueError:
        lines = done.stderr.strip().splitlines() or ["pip-audit said nothing"]
        return Findings(unknown=[f"all ({lines[-1][:300]})"])


def main() -> int:
    """Ask about each lock and say what was found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--service", choices=("pypi", "osv"), default="pypi", help="whom to ask")
    options = parser.parse_args()
    codes = set()
    for lock in LOCKS:
        found = audit(lock, options.service)
        codes.add(found.exit_code)
        print(f"requirements/{lock}.txt: {found.audited} looked up")
        for line in found.vulnerable:
            print(f"  VULNERABLE {line}")
        if found.unknown:
            more = f" and {len(found.unknown) - SHOWN} more" if len(found.unknown) > SHOWN else ""
            print(f"  NOT LOOKED UP {', '.join(found.unknown[:SHOWN])}{more}")
    if 2 in codes:  # noqa: PLR2004 - the exit code
        print(
            "What was not looked up may be vulnerable. Run this where the database can be reached:"
            " the JSON API of the Python Package Index, or of OSV with --service osv.",
            file=sys.stderr,
        )
    return 1 if 1 in codes else max(codes)


if __name__ == "__main__":
    sys.exit(main())
