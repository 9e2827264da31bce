"""`make sbom`: a CycloneDX bill of materials of each image, in build/sbom.

What is in an image is read from the image: Python, and Debian's packages. The Python packages
come from the lock, with their hashes; an image that holds anything else is refused.

  sbom.py                        operator and runner as `make images` builds them
  sbom.py --image runner=NAME    a runner's image of another name; may be given for each
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "build" / "sbom"
sys.path.insert(0, str(ROOT / "dev" / "cluster"))

import builder  # noqa: E402 - after the path is set
from bill import Bom, bill_of, debian_components, difference, interpreter, release_of  # noqa: E402
from console import CannotGoOnError, fail, say  # noqa: E402

from images import OPERATOR, RUNNER  # noqa: E402

SPECIFICATION = "1.6"


def write_bill(component: str, image: str) -> None:
    """Write the bill of one image. Raises CannotGoOnError."""
    tool = builder.choose()
    if not tool.has_image(image):
        raise CannotGoOnError(f"{image} is not here. Build it first: make images")
    locked = _locked(component)
    with tool.opened(image) as root:
        packages = [found.stem for found in (root / "opt/pimjobs").rglob("*.dist-info")]
        differing = difference(locked, packages)
        release = release_of(_read(root / "usr/lib/os-release"))
        others = [
            interpreter(_read(root / "opt/pimjobs/pyvenv.cfg")),
            *debian_components(_read(root / "var/lib/dpkg/status"), release),
        ]
    if differing:
        raise CannotGoOnError(
            f"{image} and requirements/{component}.txt differ in: {', '.join(sorted(differing))}."
            " Build it anew: make images"
        )
    text = json.dumps(bill_of(locked, f"pimjobs/{component}", image, others), indent=2)
    _validate(text)
    file = TARGET / f"{component}.cdx.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text + "\n", encoding="utf-8")
    say(f"  {file.relative_to(ROOT)}: {len(packages) - 1} Python packages, {len(others)} others")


def _locked(component: str) -> Bom:
    lock = str(ROOT / "requirements" / f"{component}.txt")
    command = [sys.executable, "-m", "cyclonedx_py", "requirements", lock]
    done = subprocess.run(
        [*command, "--output-reproducible", f"--spec-version={SPECIFICATION}"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise CannotGoOnError(f"cyclonedx-py {lock}:\n{done.stderr.strip()}")
    return dict(json.loads(done.stdout))


def _validate(text: str) -> None:
    # Only there where bills are made.
    from cyclonedx.schema import SchemaVersion  # noqa: PLC0415
    from cyclonedx.validation.json import JsonStrictValidator  # noqa: PLC0415

    wrong = JsonStrictValidator(SchemaVersion.from_version(SPECIFICATION)).validate_str(text)
    if wrong is not None:
        raise CannotGoOnError(f"this is not valid CycloneDX {SPECIFICATION}: {wrong!r}")


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def main() -> int:
    """Write the bills of both images."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--image", action="append", default=[], metavar="COMPONENT=NAME")
    images = {"operator": OPERATOR.name(ROOT), "runner": RUNNER.name(ROOT)}
    images |= dict(one.split("=", 1) for one in parser.parse_args().image)
    try:
        for component, image in images.items():
            write_bill(component, image)
    except CannotGoOnError as error:
        return fail(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
