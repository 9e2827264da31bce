"""Write the sample catalogue: seven CSV files, media, and what importing them must come to.

  make_catalogue.py OUT_DIR [--products 10000] [--seed 2027]

The same arguments give the same bytes on every machine. `expected.json` says for
each file what its job must count and which rows it must refuse (line, column,
value); `expected/*.jsonl` holds every product and product model as the catalogue
must have it afterwards.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path

# Python leaves the script's folder out of the path under PYTHONSAFEPATH.
sys.path.insert(0, str(Path(__file__).parent))

from sample_catalogue.catalogue import (
    FORMAT,
    Catalogue,
    expected_json,
    make_catalogue,
)

PRODUCTS = 10_000
SEED = 2027
EXPECTED = "expected.json"


def up_to_date(folder: Path, products: int, seed: int) -> bool:
    """Tell whether a folder holds the catalogue of these arguments already."""
    try:
        found = json.loads((folder / EXPECTED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    if (found["format"], found["products"], found["seed"]) != (FORMAT, products, seed):
        return False
    return all(_unchanged(folder / name, file["sha256"]) for name, file in found["files"].items())


def _unchanged(path: Path, digest: str) -> bool:
    return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == digest


def write(catalogue: Catalogue, folder: Path) -> None:
    """Write all files into a folder; expected.json comes last, so half a catalogue never counts."""
    (folder / EXPECTED).unlink(missing_ok=True)
    for name, content in catalogue.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (folder / EXPECTED).write_bytes(expected_json(catalogue))


def main() -> int:
    """Parse the command line and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, metavar="OUT_DIR")
    parser.add_argument("--products", type=int, default=PRODUCTS, help="good products")
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    if options.products < 1:
        parser.error("--products must be at least 1")
    catalogue = make_catalogue(options.products, options.seed)
    write(catalogue, options.folder)
    for name, file in catalogue.expected["files"].items():
        print(f"{name:24} {file['counters']['read']:>8,} rows")
    print(f"{EXPECTED:24} {len(catalogue.files):>8,} files described")
    return 0


if __name__ == "__main__":
    sys.exit(main())
