"""Larger jobs at once: too many rows to try each order, so what always holds is checked."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from support.meetings.job import Job
from support.meetings.shop import categories, options, products
from support.meetings.state import State

ROWS = 120
SKUS = [f"s{number}" for number in range(60)]
EANS = [f"1{number:03}" for number in range(400)]
SIZES = [f"size{number}" for number in range(15)]
CODES = [f"c{number}" for number in range(12)]
FIRST_LINE = 2

BEFORE = [
    products("large-products", "sku\n" + "".join(f"{sku}\n" for sku in SKUS[::2])),
    options("large-sizes", "attribute;code\n" + "".join(f"size;{code}\n" for code in SIZES)),
    categories("large-categories", "code\n" + "".join(f"{code}\n" for code in CODES)),
]


@dataclass(frozen=True)
class Large:
    """A job, and the column that is its alone."""

    job: Job
    own: str


def large_jobs(chance: Random) -> list[Large]:
    """Return imports of the same products, of variants, and of categories."""
    return [
        _products("names", "name", chance, with_ean=True),
        _products("notes", "note", chance, with_ean=True),
        _products("enabled", "color", chance, with_ean=False),
        _variants(chance),
        _categories("categories-1", chance),
        _categories("categories-2", chance),
    ]


def _products(name: str, own: str, chance: Random, *, with_ean: bool) -> Large:
    def row(number: int) -> str:
        value = chance.choice(["red", "blue"]) if own == "color" else f"{name} {number}"
        ean = f";{chance.choice(EANS)}" if with_ean else ""
        return f"{chance.choice(SKUS)};{value}{ean}\n"

    header = f"sku;{own}{';ean' if with_ean else ''}\n"
    return Large(products(name, header + "".join(map(row, range(ROWS)))), own)


def _variants(chance: Random) -> Large:
    def row(number: int) -> str:
        sku, parent = f"v{number % 20}x", chance.choice(["red", "blue"])
        return f"{sku};{parent};{chance.choice(SIZES)};{chance.choice(EANS)}\n"

    return Large(products("variants", "sku;parent;size;ean\n" + "".join(map(row, range(60)))), "")


def _categories(name: str, chance: Random) -> Large:
    rows = [f"{chance.choice(CODES)};{chance.choice(CODES)}\n" for _ in range(60)]
    return Large(categories(name, "code;parent\n" + "".join(rows)), "")


def broken(left: State, jobs: list[Large]) -> Iterator[str]:
    """Yield what does not hold after all of them have ended."""
    for one in jobs:
        yield from _wrong_counters(one.job, left)
        yield from _lost_updates(one, left)
        yield from _wrong_refusals(one.job, left, jobs)
    yield from _wrong_claims(left)
    yield from _circles(left["category"])


def _wrong_counters(job: Job, left: State) -> Iterator[str]:
    counted = dict(left["jobs"][job.name]["counters"]["import"])
    read = counted.pop("read", 0)
    refused = {warning[1] for warning in _warnings(left, job)}
    if not read == sum(counted.values()) == len(job.rows):
        yield f"{job.name}: {read} read of {len(job.rows)}: {counted}"
    if counted.get("invalid", 0) != len(refused):
        yield f"{job.name}: {counted} with warnings about {len(refused)} rows"


def _lost_updates(one: Large, left: State) -> Iterator[str]:
    if not one.own:
        return
    refused = {warning[1] for warning in _warnings(left, one.job)}
    last = {
        row.split(";")[0]: row.split(";")[1]
        for line, row in enumerate(one.job.rows, start=FIRST_LINE)
        if line not in refused
    }
    values = {p["identifier"]: _values(p) for p in left["product"].values()}
    for sku, wanted in last.items():
        if (is_ := values.get(sku, {}).get(one.own)) != wanted:
            yield f"{one.job.name}: {sku} has {is_!r} instead of {wanted!r}"


def _wrong_refusals(job: Job, left: State, jobs: list[Large]) -> Iterator[str]:
    """Yield refusals for a value that no other product has had in any row."""
    wanted: dict[str, set[str]] = {}
    for one in jobs:
        header = one.job.text.partition("\n")[0].split(";")
        for row in one.job.rows if "ean" in header else []:
            cells = row.split(";")
            wanted.setdefault(cells[header.index("ean")], set()).add(cells[0])
    for _, line, column, value, reason in _warnings(left, job):
        sku = job.rows[line - FIRST_LINE].split(";")[0]
        if column == "ean" and not wanted.get(value, set()) - {sku}:
            yield f"{job.name} line {line}: {reason}: {value}"


def _wrong_claims(left: State) -> Iterator[str]:
    """Yield unique values and axes that two have, and those that are claimed by somebody else."""
    found = left["product"]
    held: dict[str, dict[str, Any]] = {
        "ean": {uuid: _values(p)["ean"] for uuid, p in found.items() if "ean" in _values(p)},
        **{
            parent: {
                uuid: _values(p).get("size") for uuid, p in found.items() if p["parent"] == parent
            }
            for parent in ("red", "blue")
        },
    }
    for scope, values in held.items():
        twice = [value for value, times in Counter(values.values()).items() if times > 1]
        if twice:
            yield f"{scope}: more than one has {twice}"
        claims = [c for key, c in left["unique_value"].items() if key.split(" ")[1] == scope]
        owners = Counter(claim["owner"] for claim in claims)
        if owners != Counter(values.keys()):
            wrong = {*owners} ^ {*values}
            yield f"{scope}: claims differ from what products have: {wrong or owners}"


def _circles(found: Mapping[str, Any]) -> Iterator[str]:
    for code in found:
        above, way = found[code]["data"].get("parent"), [code]
        while above is not None and above not in way:
            way.append(above)
            above = found[above]["data"].get("parent")
        if above is not None:
            yield f"a circle of categories: {' below '.join([*way, above])}"


def _warnings(left: State, job: Job) -> list[list[Any]]:
    return [warning for warning in left["jobs"][job.name]["warnings"] if warning[0] == "import"]


def _values(product: dict[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = product["raw_values"]
    return {code: value["<all_channels>"]["<all_locales>"] for code, value in values.items()}
