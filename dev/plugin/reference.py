"""Writes what --help says into docs/kubectl.md: `python dev/plugin/reference.py [--check]`."""

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docs" / "kubectl.md"
MARK = "<!-- Behind this line: what --help says, written by `make generate`. -->\n"


def reference() -> str:
    """Return the generated part, as wide as the document."""
    from pimjob_cli.command_line import COMMANDS, parser_of  # noqa: PLC0415 - needs what `make` installs

    os.environ["COLUMNS"] = "100"
    helped = {name: parser_of(name).format_help().strip() for name in COMMANDS}
    parts = [
        f"### {name}\n\n```console\n$ kubectl pimjob {name} --help\n{text}\n```\n"
        for name, text in helped.items()
    ]
    return "\n" + "\n".join(parts)


def whole() -> str:
    """Return the document as it has to be."""
    written, _, _ = FILE.read_text(encoding="utf-8").partition(MARK)
    return written + MARK + reference()


def main() -> int:
    """Write the document, or with --check say whether it is out of date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail on drift")
    wanted = whole()
    if not parser.parse_args().check:
        FILE.write_text(wanted, encoding="utf-8")
        return 0
    if FILE.read_text(encoding="utf-8") != wanted:
        print("docs/kubectl.md is out of date. Run make generate.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
