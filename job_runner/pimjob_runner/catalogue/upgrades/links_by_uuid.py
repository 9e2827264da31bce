"""A step of the migrations: associations name products by UUID, no longer by identifier."""

import logging
from collections.abc import Iterable
from typing import Any

import msgspec

from pimjob_runner.catalogue.codes import Codes
from pimjob_runner.catalogue.values.cells import to_json
from pimjob_runner.catalogue.writing.rows import look_up_codes
from pimjob_runner.stores.database import Transaction

PAGE = 1_000
_COLUMNS = ("associations", "quantified_associations")

log = logging.getLogger(__name__)


def links_by_uuid(transaction: Transaction) -> None:
    """Replace identifiers in the associations of products and models.

    Those of products that are not there any more stay as they are, and are told in the log.
    """
    lost = 0
    for table, key in (("product", "uuid"), ("product_model", "code")):
        last = "00000000-0000-0000-0000-000000000000" if key == "uuid" else ""
        while page := _page(transaction, table, key, last):
            last = page[-1][0]
            lost += _change(transaction, table, key, page)
    if lost:
        log.warning(
            "%d associations name products by identifiers that no product has; they stay as they"
            " are, and are replaced when the row's associations are imported anew.",
            lost,
        )


def _page(transaction: Transaction, table: str, key: str, last: str) -> list[tuple[str, Any, Any]]:
    named = " OR ".join(f"CAST({column} AS TEXT) LIKE '%\"products\"%'" for column in _COLUMNS)
    texts = ", ".join(f"CAST({column} AS TEXT)" for column in _COLUMNS)
    rows = transaction.query(
        f"SELECT CAST({key} AS TEXT), {texts} FROM {table}"  # noqa: S608 - constants
        f" WHERE {key} > ? AND ({named}) ORDER BY {key} LIMIT {PAGE}",
        (last,),
    )
    return [(row, msgspec.json.decode(one), msgspec.json.decode(two)) for row, one, two in rows]


def _change(
    transaction: Transaction, table: str, key: str, page: Iterable[tuple[str, Any, Any]]
) -> int:
    """Write a page's associations by UUID; return how many identifiers are not known."""
    rows = list(page)
    kinds = [targets for _, *both in rows for found in both for targets in found.values()]
    wanted = {code for targets in kinds for code in targets.get("products", ())}
    found = look_up_codes(
        transaction, "product", "identifier", "identifier, CAST(uuid AS TEXT)", wanted
    )
    uuids: Codes[str] = Codes((identifier, uuid) for identifier, uuid in found)
    lost = sum(_by_uuid(targets, uuids) for targets in kinds)
    sets = ", ".join(f"{column} = ?" for column in _COLUMNS)
    transaction.execute_many(
        f"UPDATE {table} SET {sets} WHERE {key} = ?",  # noqa: S608 - constants
        [(to_json(one), to_json(two), row) for row, one, two in rows],
    )
    return lost


def _by_uuid(targets: dict[str, Any], uuids: Codes[str]) -> int:
    """Change the targets of one type; return how many are not known."""
    named = targets.pop("products", None)
    if named is None:
        return 0
    left = [code for code in named if code not in uuids]
    if isinstance(named, dict):
        more = {uuids[code]: amount for code, amount in named.items() if code in uuids}
        targets["product_uuids"] = targets.get("product_uuids", {}) | more
        rest: Any = {code: named[code] for code in left}
    else:
        more_uuids = {uuids[code] for code in named if code in uuids}
        targets["product_uuids"] = sorted({*targets.get("product_uuids", ()), *more_uuids})
        rest = left
    if rest:
        targets["products"] = rest
    return len(left)
