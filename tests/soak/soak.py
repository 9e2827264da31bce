"""Imports under every kind of trouble, for as long as you like; each ends as without trouble.

    make soak DURATION=10m
    python tests/soak/soak.py --duration 10m --seed 7 --round 3
    python tests/soak/soak.py --only silence_database fill_database_disk

Each round imports a file again, on SQLite and PostgreSQL in turn: with SIGKILL, SIGTERM,
SIGSTOP and a second attempt beside the frozen one, a database that crashes, a network
that is cut or silently loses packets, a full disk of files, of SQLite or of PostgreSQL,
an API server that is away or silent, at random moments. Then rows, counters, warnings and
files are compared, byte for byte, with those of an undisturbed run. The seed and the
number of a round give the same troubles in the same order. As root it has mounts and
networks of its own; without, nothing is silent and PostgreSQL's disk is not full.
"""

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from attempts import Place, disturb
from fake_api import FakeApi, fake_api
from import_job import JOB_ID, ImportJob
from link import HERE, Link
from surroundings import Disk, Network, Postgres, words

HEADER = "sku;enabled;name;ean;X_SELL-products;X_SELL-groups\n"
MEBIBYTES = 256
OF_POSTGRESQL = 768
LOOPBACK = "127.0.0.1"
UNITS = {"s": 1, "m": 60, "h": 3600}


def products(rows: int) -> str:
    """Return a file with all kinds of rows."""

    def row(n: int) -> str:
        if n % 97 == 0:
            return f"bad {n},;1;refused by the reader;{n};;"
        if n % 89 == 0:
            return f"new-{n};1;refused by the writer;1;;"
        if n % 83 == 0:
            return f'new-{n};0;"of two\nlines";{n + 1000};old-1;'
        if n % 79 == 0:
            return f"old-{n % 3 + 1};1;changed by {n};;old-{n % 2 + 1};"
        target = f"new-{n - 1}" if n % 5 == 0 else ""
        return f"new-{n};1;product number {n};{n + 1000};{target};"

    return HEADER + "".join(row(n) + "\n" for n in range(1, rows + 1))


@dataclass
class Ground:
    """One kind of database, prepared: the job is put back to its beginning for each round."""

    name: str
    job: ImportJob
    place: Place
    wanted: dict[str, Any]


def prepare(name: str, folder: Path, api: FakeApi, link: Link | None, rows: int) -> Ground:
    """Set a database up, and run the import once undisturbed."""
    disk = Disk(folder / "data", MEBIBYTES)
    url = seen = f"sqlite:///{disk.folder}/catalog.db"
    postgres = network = None
    if name == "postgresql":
        postgres = Postgres(Disk(folder / "postgresql", OF_POSTGRESQL), api.host)
        url = seen = f"postgresql://pim@{postgres.address}:{postgres.port}/postgres"
        if link is None:
            network = Network(postgres.port)
            seen = f"postgresql://pim@{LOOPBACK}:{network.port}/postgres"
    job = ImportJob(url, disk.folder, products(rows))
    job.prepare()
    job.run(1)
    return Ground(name, job, Place(api, seen, disk, postgres, network, link), job.result())


def soak(grounds: list[Ground], seed: int, numbers: Any, until: float) -> bool:
    """Play rounds until the time is over; say whether all were right."""
    troubles: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    right, played = True, 0
    for number in numbers:
        if time.monotonic() > until:
            break
        ground = grounds[number % len(grounds)]
        problems = play(ground, random.Random(f"{seed}-{number}"))  # noqa: S311 - reproducible
        place = ground.place
        troubles.update(word.split("@")[0] for word in place.log)
        ends.update(place.ends())
        right, played = right and not problems, played + 1
        said = "right" if not problems else f"WRONG (--seed {seed} --round {number}): {problems}"
        print(f"round {number} {ground.name}, {len(place.attempts)} attempts:"
              f" {' '.join(place.log)}: {said}", flush=True)  # fmt: skip
    print(f"seed {seed}: {played} rounds, {'all right' if right else 'NOT RIGHT'}")
    print(*_table("what happened", troubles), *_table("how attempts ended", ends), sep="\n")
    return right


def _table(title: str, counted: Counter[str]) -> list[str]:
    return [f"{title}:", *(f"{count:6} {what}" for what, count in counted.most_common())]


def play(ground: Ground, chance: random.Random) -> list[str]:
    """Play one round; return what is wrong after it."""
    ground.job.reset()
    ground.place.begin()
    outcome = disturb(ground.place, chance, chance.randint(3, 10))
    if outcome is None or outcome.kind != "Completed":
        return [f"it did not end well: {outcome}"]
    return ground.place.problems + words(ground.job.result(), ground.wanted)


def link_of(stack: ExitStack) -> Link | None:
    """Make a network in which packets can be lost, where that may be done."""
    if os.geteuid() != 0:
        return None
    link = Link()
    stack.callback(link.close)
    return link


def seconds(text: str) -> float:
    """Read 90s, 10m or 2h."""
    return float(text[:-1]) * UNITS[text[-1]]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--duration", type=seconds, default="10m", help="90s, 10m, 2h")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))  # noqa: S311 - reproducible
    parser.add_argument("--round", type=int, help="play this one alone")
    parser.add_argument("--rows", type=int, default=40_000)
    parser.add_argument("--only", nargs="*", default=(), help="these troubles, by their names")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        folder.chmod(0o755)
        link = link_of(stack)
        api = stack.enter_context(fake_api(LOOPBACK if link is None else HERE))
        api.job["metadata"] |= {"name": "products", "uid": JOB_ID}
        source = {"source": "file:///data/in/products.csv"}
        api.job["spec"] = {"type": "csv_product_import", "parameters": source}
        grounds = []
        for name in ("sqlite", "postgresql"):
            (folder / name).mkdir()
            grounds.append(prepare(name, folder / name, api, link, options.rows))
            grounds[-1].place.only = frozenset(options.only)
            if (postgres := grounds[-1].place.postgres) is not None:
                stack.callback(postgres.stop)
        numbers = [options.round] if options.round is not None else range(10**9)
        until = time.monotonic() + options.duration
        return 0 if soak(grounds, options.seed, numbers, until) else 1


if __name__ == "__main__":
    if os.geteuid() == 0 and "SOAK_ALONE" not in os.environ:
        # Its mounts and networks are nobody else's, and end with it.
        os.environ["SOAK_ALONE"] = "1"
        os.execvp("unshare", ["unshare", "--mount", "--net", sys.executable, *sys.argv])  # noqa: S606 - no shell is needed
    sys.exit(main())
