"""`make lock`: resolve requirements/*.txt from pyproject.toml, with hashes."""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--python-version=3.11"]
FLAGS = ["--generate-hashes", "--no-emit-index-url", "--no-header", "--no-annotate"]


def lock(name: str, *source: str) -> None:
    """Resolve one file."""
    output = ROOT / "requirements" / f"{name}.txt"
    command = [*UV, *FLAGS, *source, f"--output-file={output}"]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def main() -> int:
    """Resolve all."""
    for extra in ("operator", "notifier", "runner", "dev", "supply-chain", "pictures"):
        lock(extra, "pyproject.toml", f"--extra={extra}")
    with tempfile.NamedTemporaryFile("w", suffix=".in") as build:
        build.write("hatchling>=1.27\neditables>=0.5\n")
        build.flush()
        lock("build", build.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
